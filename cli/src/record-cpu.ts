/** A CPU profile of a process, with its costliest functions. */

import { isVerdict } from '@nops/core/profile/sampling/loop-blame';
import { recordSeconds } from './bounds.js';
import type { Context } from './context.js';
import type { CpuOptions, CpuProfile } from './library/types.js';
import { readProfile } from './profile.js';
import { recordProfile } from './record.js';
import type { Found } from './target/found.js';

/** Throws what `recordProfile` throws. */
export async function recordCpu(context: Context, target: Found, options: CpuOptions): Promise<CpuProfile> {
  const { seconds = recordSeconds.fallback, hz } = options;
  const params = hz === undefined ? {} : { hz };
  const { info, bytes } = await recordProfile(context, target, { kind: 'cpu', seconds, params });
  const { samples, total, entries, comments } = await readProfile(bytes);
  return {
    schema: 'nops.cpu/1',
    pid: info.pid,
    way: 'agent',
    notes: notesOf(samples, comments),
    seconds,
    samples,
    totalNanos: total,
    top: entries,
    profile: bytes,
  };
}

/** What a reader must know: above all whether the agent put right whom V8 blames for a loop, or could not. */
function notesOf(samples: number, comments: string[]): string[] {
  if (samples === 0) return ['No sample was taken: the main thread did not run JavaScript meanwhile.'];
  return comments.filter(isVerdict);
}
