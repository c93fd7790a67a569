/** A sampled profile of a process's heap, with the functions that hold most of it. */

import type { Context } from './context.js';
import type { HeapProfile } from './library/types.js';
import { readProfile } from './profile.js';
import { recordProfile } from './record.js';
import type { Found } from './target/found.js';

/** `seconds` undefined: what the agent has sampled so far, or as long as it does by itself. Throws what `recordProfile` throws. */
export async function recordHeap(context: Context, target: Found, seconds: number | undefined): Promise<HeapProfile> {
  const { info, bytes } = await recordProfile(context, target, { kind: 'heap', seconds });
  const { samples, total, entries, comments, seconds: covered } = await readProfile(bytes);
  return {
    schema: 'nops.heap/1',
    pid: info.pid,
    way: 'agent',
    notes: comments,
    seconds: covered,
    objects: samples,
    totalBytes: total,
    top: entries,
    profile: bytes,
  };
}
