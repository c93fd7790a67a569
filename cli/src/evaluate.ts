/** The value of an expression in a process, through its inspector, which is opened for that and closed again. */

import type { EvalResult } from '@nops/core/protocol/attach-results';
import { NopsError } from '@nops/core/protocol/errors';
import {
  evaluateAndWait,
  type InspectorChannel,
  ThrownError,
  withDeadline,
} from '@nops/probe/through/inspector-channel';
import { openInspector } from '@nops/probe/through/open-inspector';
import { inspectorOptions } from './attach/inspector-options.js';
import type { Context } from './context.js';
import type { Found } from './target/found.js';

const deadlineMs = 30_000;

/** Throws what `openInspector` throws, `impossible` for what the expression throws, `no-answer`. */
export async function evaluateIn(
  context: Context,
  { process: identity }: Found,
  expression: string,
): Promise<EvalResult> {
  if (identity === undefined) {
    throw new NopsError('usage', 'eval needs a process of this machine', 'Run nops where the process runs.');
  }
  const inspector = await openInspector(identity.pid, inspectorOptions(context));
  try {
    const value = await resultOf(inspector.channel, expression);
    return { schema: 'nops.eval/1', pid: identity.pid, way: 'through', notes: [], expression, value };
  } finally {
    await inspector.close();
  }
}

/** A promise may never settle, and code that runs in circles never comes round to settle one. */
async function resultOf(channel: InspectorChannel, expression: string): Promise<unknown> {
  const waited = orExplain(evaluateAndWait(channel, expression));
  try {
    return await withDeadline(waited, deadlineMs, 'the value of the expression');
  } catch (error) {
    if (!(error instanceof NopsError) || error.code !== 'no-answer') throw error;
    throw new NopsError(
      'no-answer',
      error.message,
      'It may have run all the same. What the process does: nops stack <pid>',
    );
  }
}

/** What the expression throws is not an error of ours. */
async function orExplain(value: Promise<unknown>): Promise<unknown> {
  try {
    return await value;
  } catch (error) {
    if (!(error instanceof ThrownError)) throw error;
    throw new NopsError('impossible', `the expression threw: ${error.thrown.split('\n', 1).join('')}`);
  }
}
