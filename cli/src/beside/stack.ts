/** The stacks of a process, read from outside: exact also while it is stuck. */

import type { NopsError } from '@nops/core/protocol/errors';
import type { StackResult } from '@nops/core/protocol/results';
import { readNodeVersion } from '@nops/probe/beside/node-version';
import { mapThreads } from '@nops/probe/beside/stack/map-frames';
import { readStacks } from '@nops/probe/beside/stack/read-stacks';
import { usualCacheFolder } from '@nops/probe/beside/v8/locate';
import { howToGetAgent } from '../target/found.js';

export interface StackOptions {
  native: boolean;
  stop: boolean;
}

/** Where memory can't be understood, what /proc tells of the threads is worth telling; not with `--stop`, which asks for stacks. */
export async function stackBeside({ pid }: { pid: number }, options: StackOptions): Promise<StackResult> {
  const read = await readStacks(pid, { ...options, cacheFolder: usualCacheFolder() });
  const { threads, v8, stoppedMicros, notes, refusal } = read;
  // Without the right to look there is little to tell, and it can be had (Yama hides system calls as well).
  if (refusal?.code === 'no-permission') throw refusal;
  if (refusal !== undefined && (options.stop || options.native)) throw refusal;
  return {
    schema: 'nops.stack/1',
    pid,
    way: 'beside',
    notes: [...notes, ...notesOn(refusal)],
    node: readNodeVersion(pid),
    v8,
    pausedMicros: stoppedMicros,
    threads: mapThreads(pid, threads),
    pending: null,
  };
}

function notesOn(refusal: NopsError | undefined): string[] {
  if (refusal === undefined) return [];
  return [`No JavaScript stacks: ${refusal.message}.`, `An agent would add them; ${howToGetAgent}`];
}
