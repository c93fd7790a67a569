/** A sampled profile of a process's heap, with the functions that hold most of it. */

import type { Context } from './context.js';
import type { HeapOptions, HeapProfile } from './library/types.js';
import { readProfile } from './profile.js';
import { recordProfile } from './record.js';
import type { Found } from './target/found.js';

/** `seconds` undefined: what the agent has sampled so far, or as long as it does by itself. Throws what `recordProfile` throws. */
export async function recordHeap(context: Context, target: Found, options: HeapOptions): Promise<HeapProfile> {
  const { seconds, tree = false } = options;
  const recorded = await recordProfile(context, target, { kind: 'heap', seconds, tree });
  const { info, bytes, processes } = recorded;
  const { samples, total, entries, comments, seconds: covered } = await readProfile(bytes);
  return {
    schema: 'nops.heap/1',
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
