/**
 * Whether SIGUSR1, which starts Node's inspector, can be sent to a process without harm, and would be answered now. Sent to a process
 * that is blocked in readSync it kills it: the call fails with EINTR, which nobody catches. So the state is read from beside first, and
 * nothing is sent unless the main thread runs, waits for events, or waits in Atomics.wait.
 */

import { NopsError } from '@nops/core/protocol/errors';
import type { StackFrame } from '@nops/core/protocol/results';
import { isNode } from '../beside/is-node.js';
import { nap } from '../beside/nap.js';
import { readStat } from '../beside/procfs.js';
import { Stacks } from '../beside/stack/stacks.js';
import { readActivity, readThreads } from '../beside/threads.js';
import { usualCacheFolder } from '../beside/v8/locate.js';
import { addressObjection, handlerObjection, isPoll, SIGUSR1 } from './at-a-glance.js';
import { readInspectPort } from './inspect-port.js';
import { readListeners } from './listeners.js';
import { readSignalListeners } from './signal-listeners.js';

export interface Gate {
  /** Of the process that was looked at: field 22 of proc_pid_stat(5). */
  startTime: string;
  /** Sends the signal as soon as the state allows it (again). Throws `impossible` when it does not any more, `no-target`, `no-permission`. */
  signal(): void;
  close(): void;
}

/** A process that only passes through a state that forbids it (a short read, a page fault) leaves it within this. */
const patienceMs = 2000;
const napMs = 5;
const works = 'What is read from outside still works: nops stack, nops async, nops sockets, nops fds.';

/** Opens the gate. Throws `impossible` with what was seen and what still works, `no-target`, `no-permission`, `usage`. */
export function openGate(pid: number): Gate {
  if (pid === process.pid) throw new NopsError('usage', 'nops does not attach to itself');
  const { startTime } = readStat(pid);
  if (isNode(pid) !== true) {
    throw refuse(`process ${pid} is not a Node.js process, and SIGUSR1 would end it`, 'Run nops to list those.');
  }
  const seen = handlerObjection(pid) ?? addressObjection(pid);
  if (seen !== undefined) throw refuse(seen);
  checkPort(pid);
  const stacks = new Stacks(pid, { cacheFolder: usualCacheFolder() });
  try {
    checkListeners(stacks);
    waitUntilAllowed(pid, stacks);
    const thread = signalThread(pid);
    return {
      startTime,
      signal: () => {
        if (readStat(pid).startTime !== startTime) throw new NopsError('no-target', `process ${pid} has ended`);
        waitUntilAllowed(pid, stacks);
        send(thread);
      },
      close: () => stacks.close(),
    };
  } catch (error) {
    stacks.close();
    throw error;
  }
}

function refuse(what: string, next = works): NopsError {
  return new NopsError('impossible', `no inspector could be started safely: ${what}; no signal was sent`, next);
}

function checkListeners(stacks: Stacks): void {
  const listeners = readSignalListeners(stacks.v8);
  if (listeners === undefined) {
    throw refuse('whether the app listens to SIGUSR1 itself can’t be told: its executable has no symbols (stripped)');
  }
  if (!listeners.has(SIGUSR1)) return;
  throw refuse('the app itself listens to SIGUSR1: the signal would be its own and would not start the inspector');
}

function checkPort(pid: number): void {
  const { port } = readInspectPort(pid);
  if (port === 0 || !readListeners(pid).others.has(port)) return;
  throw refuse(
    `another process listens on port ${port} already, which its inspector would need`,
    `Free the port (see: ss -ltnp 'sport = :${port}'), or start the process with another: --inspect-port=0.`,
  );
}

function waitUntilAllowed(pid: number, stacks: Stacks): void {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const why = objection(pid, stacks);
    if (why === undefined) return;
    if (performance.now() > deadline) throw refuse(why);
    nap(napMs);
  }
}

/** Why the signal may not be sent now; undefined when it may. */
function objection(pid: number, stacks: Stacks): string | undefined {
  const { state, syscall } = readActivity(pid, pid);
  if (state === 'running') return undefined;
  if (state !== 'sleeping') return `its main thread is ${state}`;
  const look = stacks.look(pid);
  // It moved meanwhile, or its stack makes no sense: what it is in now is not known, so look again.
  if (look.accuracy !== 'exact')
    return `what its main thread is in (${syscall?.name ?? state}) could not be told for certain`;
  if (syscall === undefined) return 'its main thread waits for memory';
  if (look.frames.length === 0) {
    return isPoll(syscall.name) ? undefined : `its main thread is in ${syscall.name} and would not answer`;
  }
  if (syscall.name === 'futex' && isAtomicsWait(look.frames)) return undefined;
  const target = syscall.target === undefined ? '' : ` (${syscall.target.path})`;
  const where = look.frames.find(({ kind }) => kind === 'js');
  const called = where === undefined ? '' : `, called from ${where.function || 'JavaScript'}`;
  return `its main thread is blocked in ${syscall.name}${target}${called}: the signal could end it`;
}

/** V8 wakes this wait by itself when somebody asks for the thread (execution/futex-emulation.cc). */
function isAtomicsWait([innermost]: StackFrame[]): boolean {
  return innermost?.kind === 'builtin' && /^(?:wait|AtomicsWait)$/.test(innermost.function);
}

/**
 * Whom the signal is sent to. Any thread of the process handles it: one of libuv's pool, so that a main thread that enters readSync just
 * now is not interrupted. The kernel prefers the thread that is named (kernel/signal.c, complete_signal).
 */
function signalThread(pid: number): number {
  return readThreads(pid).find(({ role }) => role === 'libuv')?.tid ?? pid;
}

function send(tid: number): void {
  try {
    process.kill(tid, 'SIGUSR1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') throw new NopsError('no-target', 'the process has ended');
    if (code !== 'EPERM') throw error;
    throw new NopsError('no-permission', 'not allowed to signal the process', 'Run nops as its user, or with sudo.');
  }
}
