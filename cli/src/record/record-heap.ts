/** Sampled profiles of a process's heap: what lives, or all that is allocated, with the functions that have most of it. */

import type { Context } from '../context.js';
import type { AllocsProfile, HeapOptions, HeapProfile } from '../library/types.js';
import type { Found } from '../target/found.js';
import { readProfile } from './profile-file.js';
import { recordProfile } from './record-profile.js';

/** `seconds` undefined: what the agent has sampled so far, or as long as it does by itself. Throws what `recordProfile` throws. */
export async function recordHeap(context: Context, target: Found, options: HeapOptions): Promise<HeapProfile> {
  return { schema: 'nops.heap/1', ...(await record('heap', context, target, options)) };
}

/** Throws what `recordProfile` throws; `impossible` where the agent samples what lives all the time. */
export async function recordAllocs(context: Context, target: Found, options: HeapOptions): Promise<AllocsProfile> {
  return { schema: 'nops.allocs/1', ...(await record('allocs', context, target, options)) };
}

async function record(
  kind: 'heap' | 'allocs',
  context: Context,
  target: Found,
  { seconds, tree = false }: HeapOptions,
): Promise<Omit<HeapProfile, 'schema'>> {
  const recorded = await recordProfile(context, target, { kind, seconds, tree });
  const { info, bytes, processes } = recorded;
  const { samples, total, entries, comments, seconds: covered } = await readProfile(bytes);
  return {
    pid: info.pid,
    way: 'agent',
    notes: [...recorded.notes, ...comments],
    seconds: covered,
    objects: samples,
    totalBytes: total,
    top: entries,
    profile: bytes,
    ...(processes === undefined ? {} : { processes }),
  };
}
