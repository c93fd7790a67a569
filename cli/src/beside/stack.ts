/** What /proc tells about the threads of a process: states and system calls, exact also while the process is stuck. */

import type { StackResult } from '@nops/core/protocol/results';
import { readNodeVersion } from '@nops/probe/beside/node-version';
import { findOtherEnds } from '@nops/probe/beside/other-ends';
import { canSeeSyscalls, readThreads } from '@nops/probe/beside/threads';
import { howToGetAgent } from '../target/target.js';

export function stackBeside({ pid }: { pid: number }): StackResult {
  const notes = [`An agent would add the main thread's JavaScript stack and what is pending; ${howToGetAgent}`];
  if (!canSeeSyscalls(pid))
    notes.push('The kernel hides the system calls of this process from you; sudo nops shows them.');
  const threads = readThreads(pid);
  notes.push(...findOtherEnds(pid, threads));
  return {
    schema: 'nops.stack/1',
    pid,
    way: 'beside',
    notes,
    node: readNodeVersion(pid),
    v8: null,
    pausedMicros: 0,
    threads: threads.map(thread => ({ ...thread, accuracy: 'none', frames: [] })),
    pending: null,
  };
}
