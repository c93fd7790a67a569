/** A CPU profile of a process, with its costliest functions. */

import type { TopEntry } from '@nops/core/protocol/results';
import { recordSeconds } from './bounds.js';
import type { Context } from './context.js';
import type { CpuOptions, CpuProfile } from './library/types.js';
import { readProfile } from './profile.js';
import { recordProfile } from './record.js';
import type { Found } from './target/found.js';

/** When two functions have this much, the process may be in a loop that never ends. */
const loopPercent = 80;

/** Throws what `recordProfile` throws. */
export async function recordCpu(context: Context, target: Found, options: CpuOptions): Promise<CpuProfile> {
  const { seconds = recordSeconds.fallback, hz } = options;
  const params = hz === undefined ? {} : { hz };
  const { info, bytes } = await recordProfile(context, target, { kind: 'cpu', seconds, params });
  const { samples, total, entries } = await readProfile(bytes);
  return {
    schema: 'nops.cpu/1',
    pid: info.pid,
    way: 'agent',
    notes: notesOf(samples, entries),
    seconds,
    samples,
    totalNanos: total,
    top: entries,
    profile: bytes,
  };
}

/** V8's profiler gives the time of a loop that was optimized while it ran (on-stack replacement) to the function that called it. */
function notesOf(samples: number, top: TopEntry[]): string[] {
  if (samples === 0) return ['No sample was taken: the main thread did not run JavaScript meanwhile.'];
  // Two: the loop may have been optimized in the middle of the profile, which then has both.
  const percent = top.slice(0, 2).reduce((sum, entry) => sum + entry.flatPercent, 0);
  if (percent < loopPercent) return [];
  return [
    'One or two functions have nearly all of it. If one loops, V8 may have told its caller instead of it: nops stack shows where it really is.',
  ];
}
