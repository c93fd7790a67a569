/** The threads of a process and what each does now, as the kernel tells it: state and system call. Never stops one. */

import type { FdTarget, SystemCall, ThreadActivity } from '@nops/core/protocol/results';
import { fdDescriber } from './fds.js';
import { findMapping, type Mapping, readMappings } from './mappings.js';
import { blind, withPeek } from './peek.js';
import { listNumbers, orUndefined, readStat, readStatus, tryReadText } from './procfs.js';
import { type Peek, readableArgs } from './syscall-args.js';
import { parseSyscallLine, type SyscallLine } from './syscall-line.js';
import { type ThreadFacts, type ThreadRole, threadRoles } from './thread-roles.js';

export interface ThreadInfo extends ThreadActivity {
  tid: number;
  /** The kernel's name of the thread, at most 15 bytes. */
  name: string;
  role: ThreadRole;
}

/**
 * All threads of `pid`, the main thread first; those that end meanwhile are left out. Timeouts, paths and polled descriptors are read from
 * the memory of `pid`, where the arguments only point to them. Without permission to see system calls (ask
 * `canSeeSyscalls`) only states, and roles where the thread's name or signals tell. Throws `no-target`, `impossible`.
 */
export function readThreads(pid: number): ThreadInfo[] {
  const describe = fdDescriber(pid);
  const seen = withPeek(pid, peek =>
    listNumbers(pid, 'task').flatMap(tid => orUndefined(() => look(pid, tid, { peek, describe })) ?? []),
  );
  const stackOf = stackSizes(pid);
  const facts = seen.map(
    ({ tid, name, activity, blocked, line }): ThreadFacts => ({
      tid,
      name,
      blocked,
      syscall: activity.syscall?.name,
      stackBytes: line.stackPointer === undefined ? undefined : stackOf(line.stackPointer),
    }),
  );
  const roles = threadRoles(pid, facts, stackLimit(pid));
  const threads = seen.map(({ tid, name, activity }, index) => ({
    tid,
    name,
    role: roles[index] ?? 'other',
    ...activity,
  }));
  return threads.sort((a, b) => Number(b.role === 'main') - Number(a.role === 'main') || a.tid - b.tid);
}

/**
 * What thread `tid` of `pid` does. `syscall` is absent while it runs, and when the kernel does not let us see it; of its arguments, those
 * that point into memory stay addresses. Threads end at any moment: one that has is a `zombie`. Throws `no-target`, `impossible`.
 */
export function readActivity(pid: number, tid: number): ThreadActivity {
  const stat = tid === pid ? readStat(pid, tid) : orUndefined(() => readStat(pid, tid));
  if (stat === undefined) return { state: 'zombie' };
  const how = { peek: blind, describe: fdDescriber(pid) };
  return activityOf(stat.state, parseSyscallLine(readSyscall(pid, tid)), how);
}

/** Whether the kernel lets us see in which system calls the threads of `pid` are: a ptrace access check, ptrace(2). */
export function canSeeSyscalls(pid: number): boolean {
  return tryReadText(pid, `task/${pid}/syscall`) !== undefined;
}

interface Seen {
  tid: number;
  name: string;
  blocked: bigint;
  line: SyscallLine;
  activity: ThreadActivity;
}

/** How arguments of system calls are read that stand for something else. */
interface Reading {
  peek: Peek;
  describe: (fd: number) => FdTarget;
}

function look(pid: number, tid: number, how: Reading): Seen {
  const stat = readStat(pid, tid);
  const text = readSyscall(pid, tid);
  const line = parseSyscallLine(text);
  const { blocked } = readStatus(pid, tid);
  const activity = activityOf(stat.state, line, how);
  // It went on meanwhile: what its arguments pointed to may be something else by now.
  const stale = line.call !== undefined && readSyscall(pid, tid) !== text;
  return {
    tid,
    name: stat.comm,
    blocked,
    line,
    activity: stale ? activityOf(stat.state, line, { ...how, peek: blind }) : activity,
  };
}

function readSyscall(pid: number, tid: number): string {
  return tryReadText(pid, `task/${tid}/syscall`) ?? '';
}

/** State letters of proc_pid_stat(5). */
const states: Record<string, ThreadActivity['state']> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk',
  T: 'stopped',
  t: 'stopped',
  Z: 'zombie',
  X: 'zombie',
  I: 'sleeping',
};

function activityOf(letter: string, line: SyscallLine, { peek, describe }: Reading): ThreadActivity {
  const state = states[letter] ?? 'unknown';
  const { call } = line;
  if (call === undefined) return { state };
  const syscall: SystemCall = { name: call.name, args: readableArgs(call.name, call.args, peek) };
  if (call.fd !== undefined) {
    const { fd } = call;
    const target = orUndefined(() => describe(fd));
    syscall.fd = fd;
    if (target !== undefined) syscall.target = target;
  }
  return { state, syscall };
}

/** RLIMIT_STACK of `pid` in bytes, which is what glibc and libuv give a thread by default; null when unlimited or unknown. */
function stackLimit(pid: number): number | null {
  const match = /^Max stack size\s+(\d+)/m.exec(tryReadText(pid, 'limits') ?? '');
  return match === null ? null : Number(match[1]);
}

/** A function that tells the size of the mapping an address is in, read once and only when asked. Only those that can be written hold stacks. */
function stackSizes(pid: number): (address: string) => number | undefined {
  let mappings: Mapping[] | undefined;
  return address => {
    mappings ??= orUndefined(() => readMappings(pid)) ?? [];
    const found = findMapping(mappings, Number(address));
    return found?.mode.startsWith('rw') ? found.end - found.start : undefined;
  };
}
