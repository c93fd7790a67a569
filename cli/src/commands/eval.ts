/** `nops eval`: the value of a JavaScript expression in a running process, through its inspector. */

import type { EvalResult } from '@nops/core/protocol/attach-results';
import { NopsError } from '@nops/core/protocol/errors';
import { printable } from '@nops/core/units/printable';
import { evaluateAndWait, type InspectorChannel, withDeadline } from '@nops/probe/through/inspector-channel';
import { openInspector } from '@nops/probe/through/open-inspector';
import type { Command } from '../command.js';
import { formatFooter } from '../output/footer.js';
import { resolveTarget } from '../target/resolve.js';

const deadlineMs = 30_000;

export const evalCommand: Command<EvalResult> = {
  usage: '<target> <expression> --run-in-process',
  examples: [
    ["nops eval 4242 'process.memoryUsage()' --run-in-process", 'its value as JSON; a promise is waited for'],
    ["nops eval 4242 'globalThis.cache?.size' --run-in-process", 'whatever the expression does, it does in production'],
  ],
  options: {
    'run-in-process': {
      type: 'boolean',
      description: 'needed: runs the expression on the main thread of the process, with all of its rights',
    },
  },
  takes: { min: 2, max: 2 },
  async run(context, args) {
    const [text, expression = ''] = args.positionals;
    if (!args.flag('run-in-process')) {
      throw new NopsError(
        'usage',
        'eval runs the expression in the process, on its main thread and with all of its rights; nothing was run',
        'If that is what you want, say so with --run-in-process.',
      );
    }
    const { process: identity } = await resolveTarget(context, text);
    if (identity === undefined) {
      throw new NopsError('usage', 'eval needs a process of this machine', 'Run nops where the process runs.');
    }
    const inspector = await openInspector(identity.pid);
    try {
      const value = await resultOf(inspector.channel, expression);
      return { schema: 'nops.eval/1', pid: identity.pid, way: 'through', notes: [], expression, value };
    } finally {
      await inspector.close();
    }
  },
  print(result, output) {
    const value = result.value === undefined ? 'undefined' : JSON.stringify(result.value, null, 2);
    const lines = value.split('\n').map(printable).join('\n');
    return `${lines}\n${formatFooter(result, output)}`;
  },
};

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
    if (error instanceof NopsError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new NopsError('impossible', `the expression threw: ${message.split('\n')[0]}`);
  }
}
