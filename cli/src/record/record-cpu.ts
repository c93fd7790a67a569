/** A CPU profile of a process, with its costliest functions. */

import { isVerdict } from '@nops/core/profile/sampling/loop-blame';
import { recordSeconds } from '../bounds.js';
import type { Context } from '../context.js';
import type { CpuOptions, CpuProfile } from '../library/types.js';
import type { Found } from '../target/found.js';
import { readProfile } from './profile-file.js';
import { recordProfile } from './record-profile.js';

/** Throws what `recordProfile` throws. */
export async function recordCpu(context: Context, target: Found, options: CpuOptions): Promise<CpuProfile> {
  const { seconds = recordSeconds.fallback, hz, thread, last, format, tree = false } = options;
  const params = {
    ...(hz === undefined ? {} : { hz }),
    ...(thread === undefined ? {} : { thread }),
    ...(format === undefined ? {} : { format }),
  };
  const wanted = { kind: 'cpu' as const, seconds, params, tree, ...(last === undefined ? {} : { last }) };
  const recorded = await recordProfile(context, target, wanted);
  const { info, bytes, isCutShort, processes } = recorded;
  const { samples, total, entries, comments, seconds: covered } = await readProfile(bytes);
  return {
    schema: 'nops.cpu/1',
    pid: info.pid,
    way: 'agent',
    notes: [...recorded.notes, ...notesOf(samples, comments)],
    seconds: isCutShort || last !== undefined ? Math.round(covered * 100) / 100 : seconds,
    samples,
    totalNanos: total,
    top: entries,
    profile: bytes,
    ...(processes === undefined ? {} : { processes }),
  };
}

/** What a reader must know: above all whether the agent put right whom V8 blames for a loop, or could not. */
function notesOf(samples: number, comments: string[]): string[] {
  const told = comments.filter(comment => isVerdict(comment) || isExceptional(comment));
  if (samples === 0) return ['No sample was taken: no thread ran JavaScript meanwhile.', ...told];
  return told;
}

/** What the agent's engine says only when something is not as it was asked for (agent/src/worker/engine/finish.ts). */
function isExceptional(comment: string): boolean {
  return /^(?:partial|main thread only|only \d+ worker|worker \d+)\b|^profiling all the time is off|instead of/.test(
    comment,
  );
}
