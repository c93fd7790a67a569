/** Where a trace comes from: a file, standard input, or a target that is recorded now. */

import { statSync } from 'node:fs';
import { NopsError } from '@nops/core/protocol/errors';
import { Accounts } from '@nops/core/trace/account';
import type { Trace } from '@nops/core/trace/model';
import type { Context } from '../context.js';
import { readBytes } from '../pprof/read-bytes.js';
import { resolveTarget } from '../target/resolve.js';
import { loadTrace } from './load.js';

/** Beyond the time that is recorded: ending it takes a moment. */
const endMs = 30_000;

/** `last`: what the flight recorder has, instead of recording now. */
export interface TraceWanted {
  seconds: number;
  hz: number;
  last: number | undefined;
}

export interface OpenTrace {
  source: string;
  trace: Trace;
  accounts: Accounts;
}

/** Throws `usage` for a file that is no trace, and what asking an agent throws. */
export async function openTrace(context: Context, source: string, wanted: TraceWanted): Promise<OpenTrace> {
  const bytes = isFile(source) ? await readBytes(source, context.signal) : await recordTrace(context, source, wanted);
  return understand(source, bytes);
}

export async function understand(source: string, bytes: Buffer): Promise<OpenTrace> {
  try {
    const trace = await loadTrace(bytes);
    return { source, trace, accounts: new Accounts(trace) };
  } catch (error) {
    if (!(error instanceof NopsError)) throw error;
    throw new NopsError(
      error.code,
      `${source}: ${error.message}`,
      error.next ?? 'nops trace <pid> -o trace.json.gz   records one',
    );
  }
}

export async function recordTrace(
  context: Context,
  source: string,
  { seconds, hz, last }: TraceWanted,
): Promise<Buffer> {
  const target = await resolveTarget(context, source);
  if (last !== undefined) {
    const agent = await target.runningAgent('A trace of the past');
    return agent.download('traceAlias', { last }, { deadlineMs: endMs });
  }
  // Under this name errors say what to do next.
  const agent = await target.requireAgent('A trace');
  const progress = context.progress('recording', seconds * 1000);
  const deadlineMs = seconds * 1000 + endMs;
  return agent.download('traceAlias', { seconds, hz }, { deadlineMs }).finally(() => progress.stop());
}

function isFile(source: string): boolean {
  if (source === '-' || statSync(source, { throwIfNoEntry: false }) !== undefined) return true;
  if (/\.(?:json|gz)$/.test(source))
    throw new NopsError('usage', `there is no file ${source}`, 'Name a trace, or a target.');
  return false;
}
