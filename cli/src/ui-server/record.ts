/** Records a profile of a process through its agent, for the page to show. */

import type { Context } from '../context.js';
import { resolveTarget } from '../target/resolve.js';
import { requireAgent } from '../target/target.js';
import type { Served } from './app.js';
import { type Recording, servedOf } from './recorded.js';

/** `seconds` undefined: a CPU profile of `defaultSeconds`; of the heap what the agent gives by itself. */
export type Wanted = Pick<Recording, 'kind' | 'seconds'>;

const defaultSeconds = 5;
/** Stopping a profiler takes time that grows with what it recorded. */
const stopDeadlineMs = 30_000;

export async function record(context: Context, text: string, wanted: Wanted): Promise<{ pid: number; served: Served }> {
  const target = await resolveTarget(context, text);
  const agent = await requireAgent(context, target, wanted.kind === 'cpu' ? 'A CPU profile' : 'A heap profile');
  const info = await agent.call('info', { details: 0 });
  const seconds = wanted.kind === 'cpu' ? (wanted.seconds ?? defaultSeconds) : wanted.seconds;
  const measuredMs = (seconds ?? defaultSeconds) * 1000;
  const progress = context.progress('profiling', measuredMs);
  const bytes = await agent
    .download(
      wanted.kind === 'cpu' ? 'profile' : 'heap',
      { ...(seconds === undefined ? {} : { seconds }) },
      { deadlineMs: measuredMs + stopDeadlineMs },
    )
    .finally(() => progress.stop());
  return { pid: info.pid, served: servedOf(target, info, { ...wanted, seconds, bytes }) };
}
