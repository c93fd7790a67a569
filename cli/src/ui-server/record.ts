/** Records a profile of a process through its agent, for the page to show. */

import type { ProfileOrigin } from '@nops/core/profile/origin';
import type { InfoResult } from '@nops/core/protocol/results';
import type { Context } from '../context.js';
import { resolveTarget } from '../target/resolve.js';
import { requireAgent } from '../target/target.js';

export interface Wanted {
  kind: 'cpu' | 'heap';
  /** undefined: a CPU profile of `defaultSeconds`; of the heap what the agent gives by itself. */
  seconds: number | undefined;
}

export interface Recorded {
  pid: number;
  bytes: Buffer;
  described: NonNullable<ProfileOrigin['profile']>;
}

const defaultSeconds = 5;
/** Stopping a profiler takes time that grows with what it recorded. */
const stopDeadlineMs = 30_000;

export async function record(context: Context, text: string, wanted: Wanted): Promise<Recorded> {
  const target = await resolveTarget(context, text);
  const agent = await requireAgent(target, wanted.kind === 'cpu' ? 'A CPU profile' : 'A heap profile');
  const info = await agent.call('info');
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
  return { pid: info.pid, bytes, described: describe(info, wanted.kind, seconds, bytes.length) };
}

function describe(
  info: InfoResult,
  kind: Wanted['kind'],
  seconds: number | undefined,
  bytes: number,
): Recorded['described'] {
  const { pid, node, command, cwd } = info;
  return {
    kind,
    name: info.name ?? `process ${pid}`,
    bytes,
    process: { pid, node, command, cwd },
    ...(seconds === undefined ? {} : { seconds }),
  };
}
