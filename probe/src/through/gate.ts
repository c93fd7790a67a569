/**
 * Whether SIGUSR1, which starts Node's inspector, can be sent to a process without harm, and would be answered now. Sent to a process
 * that is blocked in readSync it kills it: the call fails with EINTR, which nobody catches. So the state is read from beside first, and
 * nothing is sent unless the main thread runs, waits for events, or waits in Atomics.wait.
 */

import { NopsError } from '@nops/core/protocol/errors';
import type { StackFrame } from '@nops/core/protocol/results';
import { isNode } from '../beside/is-node.js';
import { readStat, readText } from '../beside/procfs.js';
import { Stacks } from '../beside/stack/stacks.js';
import { readActivity, readThreads } from '../beside/threads.js';
import { usualCacheFolder } from '../beside/v8/locate.js';
import { isLoopback, readInspectPort } from './inspect-port.js';
import { readListeners } from './listeners.js';
import { readSignalListeners } from './signal-listeners.js';

export interface Gate {
  /** Sends the signal as soon as the state allows it (again). Throws `impossible` when it does not any more, `no-target`, `no-permission`. */
  signal(): void;
  close(): void;
}

/** SIGUSR1, signal(7): bit 9 of the masks in proc_pid_status(5). */
const SIGUSR1 = 10;
const signalBit = 1n << BigInt(SIGUSR1 - 1);
/** A process that only passes through a state that forbids it (a short read, a page fault) leaves it within this. */
const patienceMs = 2000;
const napMs = 5;
const napping = new Int32Array(new SharedArrayBuffer(4));
const works = 'What is read from outside still works: nops stack, nops async, nops sockets, nops fds.';

/** Opens the gate. Throws `impossible` with what was seen and what still works, `no-target`, `no-permission`, `usage`. */
export function openGate(pid: number): Gate {
  if (pid === process.pid) throw new NopsError('usage', 'nops does not attach to itself');
  const { startTime } = readStat(pid);
  if (isNode(pid) !== true) {
    throw refuse(`process ${pid} is not a Node.js process, and SIGUSR1 would end it`, 'Run nops to list those.');
  }
  checkHandler(pid);
  checkPort(pid);
  const stacks = new Stacks(pid, { cacheFolder: usualCacheFolder() });
  try {
    if (readSignalListeners(stacks.v8)?.has(SIGUSR1) === true) {
      throw refuse('the app itself listens to SIGUSR1: the signal would be its own and would not start the inspector');
    }
    waitUntilAllowed(pid, stacks);
    const thread = signalThread(pid);
    return {
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

/** Before Node has installed its handler, and without it, the signal ends the process. */
function checkHandler(pid: number): void {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readText(pid, 'status'))?.[1];
  if (caught !== undefined && (BigInt(`0x${caught}`) & signalBit) !== 0n) return;
  const disabled = readInspectPort(pid).isDisabled ? ' (it was started with --disable-sigusr1)' : '';
  throw refuse(`process ${pid} does not handle SIGUSR1${disabled}, which would end it`);
}

function checkPort(pid: number): void {
  const { host, port, isDisabled } = readInspectPort(pid);
  if (isDisabled) throw refuse('it was started with --disable-sigusr1');
  if (!isLoopback(host)) {
    throw refuse(`it would listen on ${host}, where others could connect to it (--inspect-port, NODE_OPTIONS)`);
  }
  if (port !== 0 && readListeners(pid).others.has(port)) {
    throw refuse(
      `another process listens on port ${port} already, which its inspector would need`,
      `Free the port (see: ss -ltnp 'sport = :${port}'), or start the process with another: --inspect-port=0.`,
    );
  }
}

function waitUntilAllowed(pid: number, stacks: Stacks): void {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const why = objection(pid, stacks);
    if (why === undefined) return;
    if (performance.now() > deadline) throw refuse(why);
    Atomics.wait(napping, 0, 0, napMs);
  }
}

/** Why the signal may not be sent now; undefined when it may. */
function objection(pid: number, stacks: Stacks): string | undefined {
  const { state, syscall } = readActivity(pid, pid);
  if (state === 'running') return undefined;
  if (state !== 'sleeping') return `its main thread is ${state}`;
  const look = stacks.look(pid);
  if (look.accuracy !== 'exact') return undefined; // it ran meanwhile
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

/** The event loop waits for events. execSync does so too, but with JavaScript on the stack. */
function isPoll(name: string): boolean {
  return name.startsWith('epoll_');
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
