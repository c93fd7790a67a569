/** A trace of a process through its agent: its file, and what it holds. */

import type { Context } from '../context.js';
import type { TraceRecording } from '../library/types.js';
import type { Found } from '../target/found.js';
import { summarize } from '../trace/reports/summary.js';
import { understand } from '../trace/understand.js';
import { endsEarly } from './ends-early.js';

/** Beyond the time that is recorded: ending it takes a moment. */
const endMs = 30_000;

/** What a trace of an agent may unpack to: a minute of a server that makes half a million records a second. */
export const maxRecordedBytes = 1024 ** 3;

/** `last`: what the flight recorder has, instead of recording now. */
export interface TraceWanted {
  seconds: number;
  hz: number;
  last: number | undefined;
}

/** The file. Throws what asking an agent throws. */
export async function downloadTrace(
  context: Context,
  target: Found,
  { seconds, hz, last }: TraceWanted,
): Promise<Buffer> {
  if (last !== undefined) {
    const agent = await target.runningAgent('A trace of the past', howToKeepThePast);
    return agent.download('traceAlias', { last }, { deadlineMs: endMs });
  }
  // Under this name errors say what to do next.
  const agent = await target.requireAgent('A trace');
  const early = endsEarly(context, agent);
  const progress = context.progress('recording', seconds * 1000);
  try {
    const deadlineMs = seconds * 1000 + endMs;
    return await agent.download('traceAlias', { seconds, hz, ...early.params }, { deadlineMs });
  } finally {
    progress.stop();
    early.forget();
  }
}

/** One that is attached now would know nothing of before. */
const howToKeepThePast =
  'it is kept from the start of a process on: NOPS_FLIGHT=1 node --import @nops/agent/register app.js; or record now, without --last';

/** `source`: how the target is called in what is told of the trace. */
export async function recordTrace(
  context: Context,
  target: Found,
  { source, ...wanted }: TraceWanted & { source: string },
): Promise<TraceRecording> {
  const trace = await downloadTrace(context, target, wanted);
  const open = await understand(source, trace, maxRecordedBytes);
  return { ...summarize(open), schema: 'nops.trace/1', bytes: trace.length, trace };
}
