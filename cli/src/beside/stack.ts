/** The stacks of a process, read from outside: exact also while it is stuck. */

import type { NopsError } from '@nops/core/protocol/errors';
import type { StackResult } from '@nops/core/protocol/results';
import { readNodeVersion } from '@nops/probe/beside/node-version';
import { mapThreads } from '@nops/probe/beside/stack/map-frames';
import { readStacks } from '@nops/probe/beside/stack/read-stacks';
import { canSeeSyscalls } from '@nops/probe/beside/threads';
import { usualCacheFolder } from '@nops/probe/beside/v8/locate';
import { howToGetAgent } from '../target/target.js';

export interface StackOptions {
  native: boolean;
  stop: boolean;
}

/** Without stacks, what /proc tells of the threads is worth telling. With `--stop` stacks were asked for: then their refusal is thrown. */
export async function stackBeside({ pid }: { pid: number }, options: StackOptions): Promise<StackResult> {
  const read = await readStacks(pid, { ...options, cacheFolder: usualCacheFolder() });
  const { threads, v8, stoppedMicros, notes, refusal } = read;
  if (refusal !== undefined && (options.stop || options.native)) throw refusal;
  return {
    schema: 'nops.stack/1',
    pid,
    way: 'beside',
    notes: [...notes, ...notesOn(pid, refusal)],
    node: readNodeVersion(pid),
    v8,
    pausedMicros: stoppedMicros,
    threads: mapThreads(pid, threads),
    pending: null,
  };
}

function notesOn(pid: number, refusal: NopsError | undefined): string[] {
  if (refusal === undefined) return [];
  const notes = [`No JavaScript stacks: ${refusal.message}.`, `An agent would add them; ${howToGetAgent}`];
  if (!canSeeSyscalls(pid))
    notes.push('The kernel hides the system calls of this process from you; sudo nops shows them.');
  return notes;
}
