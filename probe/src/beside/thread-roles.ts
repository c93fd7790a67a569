/**
 * What a thread of a Node process is for, told by what /proc shows. Measured on Node 18 to 26, x86-64:
 *
 *   | thread           | name on 18, 20 | on 22           | on 24, 26                  | blocked signals  | stack          |
 *   |------------------|----------------|-----------------|----------------------------|------------------|----------------|
 *   | main             | node           | node            | MainThread/node-MainThread | 0                | the process's  |
 *   | V8's pool        | node           | node            | V8Worker/node-V8Worker     | SIGUSR1 only     | RLIMIT_STACK   |
 *   | V8's delayed tasks | node         | DelayedTaskSche | DelayedTaskSche            | SIGUSR1 only     | RLIMIT_STACK   |
 *   | signal inspector | node           | node            | SignalInspector            | nearly all       | 32 kB          |
 *   | libuv's pool     | node           | libuv-worker    | libuv-worker               | 0                | RLIMIT_STACK   |
 *   | Worker           | node           | node            | WorkerThread, or its name  | 0                | 4 MB           |
 *
 * process.title renames the main thread only. Where nothing tells for sure, the role is `other`.
 */

import type { StackThread } from '@nops/core/protocol/results';

export type ThreadRole = StackThread['role'];

export interface ThreadFacts {
  tid: number;
  name: string;
  /** Blocked signals, bit n-1 for signal n. */
  blocked: bigint;
  /** Name of the system call it is in. */
  syscall: string | undefined;
  /** Size of the mapping its stack pointer is in; undefined when it runs or the kernel does not tell. */
  stackBytes: number | undefined;
}

/** SIGUSR1 is signal 10: deps/v8 platform threads of Node block it, so that it never lands there (src/node_platform.cc, src/inspector_agent.cc). */
const sigusr1 = 1n << 9n;

/** `Worker::stack_size_`, src/node_worker.h; `resourceLimits.stackSizeMb` changes it. */
const workerStackBytes = 4 << 20;

/** The role of each thread of one process, in the order given. `defaultStackBytes` is the process's RLIMIT_STACK. */
export function threadRoles(pid: number, threads: ThreadFacts[], defaultStackBytes: number | null): ThreadRole[] {
  const named = threads.some(thread => byName(thread.name) !== undefined);
  // Names that a thread has only because nobody named it: it inherits its creator's.
  const inherited = new Set(threads.filter(t => t.tid === pid || t.blocked === sigusr1).map(t => t.name));
  return threads.map(thread => {
    if (thread.tid === pid) return 'main';
    return byName(thread.name) ?? byTraits(thread, defaultStackBytes, !named && inherited.has(thread.name));
  });
}

function byName(name: string): ThreadRole | undefined {
  if (name === 'libuv-worker') return 'libuv';
  if (name === 'WorkerThread') return 'worker';
  if (name === 'V8Worker' || name === 'node-V8Worker' || name === 'DelayedTaskSche') return 'v8';
  return undefined;
}

function byTraits(thread: ThreadFacts, defaultStackBytes: number | null, unnamed: boolean): ThreadRole {
  if (thread.blocked === sigusr1) return 'v8';
  if ((thread.blocked & sigusr1) !== 0n || thread.stackBytes === undefined) return 'other';
  if (thread.stackBytes === workerStackBytes && defaultStackBytes !== workerStackBytes) return 'worker';
  // A thread with an event loop of its own and a common stack: the inspector's, or an addon's.
  const hasLoop = thread.syscall?.startsWith('epoll_') ?? false;
  return unnamed && !hasLoop && thread.stackBytes === defaultStackBytes ? 'libuv' : 'other';
}
