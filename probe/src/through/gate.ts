/**
 * Whether SIGUSR1, which starts Node's inspector, can be sent to a process without harm, and would be answered now. Sent to a process
 * that is blocked in readSync it kills it: the call fails with EINTR, which nobody catches. So the state is read from beside first, and
 * nothing is sent unless the main thread runs, waits for events, or waits in Atomics.wait.
 */

import { NopsError } from '@nops/core/protocol/errors';
import { isNode } from '../beside/is-node.js';
import { listNumbers, readStat, readText } from '../beside/procfs.js';
import { Stacks } from '../beside/stack/stacks.js';
import { usualCacheFolder } from '../beside/v8/locate.js';
import { addressObjection, handlerObjection, SIGUSR1 } from './at-a-glance.js';
import { clusterObjection } from './cluster.js';
import { whenAllowed, whenHarmless } from './harmless-moment.js';
import { readInspectPort } from './inspect-port.js';
import { readListeners } from './listeners.js';
import { readSignalListeners } from './signal-listeners.js';

export interface Gate {
  /** Of the process that was looked at: field 22 of proc_pid_stat(5). */
  startTime: string;
  /** Sends the signal as soon as the state allows it (again). Throws `impossible` when it does not any more, `no-target`, `no-permission`. */
  signal(): Promise<void>;
  close(): void;
}

const works = 'What is read from outside still works: nops stack, nops async, nops sockets, nops fds.';

/** The inspector takes up to 12, and the agent's thread as many, of which an app that opens some meanwhile should leave enough. */
const freeDescriptors = 40;

/** Opens the gate. Throws `impossible` with what was seen and what still works, `no-target`, `no-permission`, `usage`. */
export async function openGate(pid: number): Promise<Gate> {
  if (pid === process.pid) throw new NopsError('usage', 'nops does not attach to itself');
  const { startTime } = readStat(pid);
  if (isNode(pid) !== true) {
    throw refuse(`process ${pid} is not a Node.js process, and SIGUSR1 would end it`, 'Run nops to list those.');
  }
  const seen = handlerObjection(pid) ?? addressObjection(pid) ?? clusterObjection(pid);
  if (seen !== undefined) throw refuse(seen);
  checkPort(pid);
  checkDescriptors(pid);
  const stacks = new Stacks(pid, { cacheFolder: usualCacheFolder() });
  try {
    checkListeners(stacks);
    await explained(whenAllowed(pid, stacks, () => true));
    const act = (tid: number) => {
      if (readStat(pid).startTime !== startTime) throw new NopsError('no-target', `process ${pid} has ended`);
      send(tid);
    };
    const signal = async () => {
      const forked = clusterObjection(pid);
      if (forked !== undefined) throw refuse(forked);
      await explained(whenHarmless(pid, stacks, act));
    };
    return { startTime, signal, close: () => stacks.close() };
  } catch (error) {
    stacks.close();
    throw error;
  }
}

function refuse(what: string, next = works): NopsError {
  return new NopsError('impossible', `no inspector could be started safely: ${what}; no signal was sent`, next);
}

/** `moment` resolves with why it did not come. */
async function explained(moment: Promise<string | undefined>): Promise<void> {
  const why = await moment;
  if (why !== undefined) throw refuse(why);
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
  const { own, others } = readListeners(pid);
  if (port === 0 || !(own.has(port) || others.has(port))) return;
  throw refuse(
    `${own.has(port) ? 'the app itself' : 'another process'} listens on port ${port} already, which its inspector would need`,
    `Free the port (see: ss -ltnp 'sport = :${port}'), or start the process with another: --inspect-port=0.`,
  );
}

/** Node aborts when its inspector's event loop gets none: src/inspector_io.cc, ThreadMain. */
function checkDescriptors(pid: number): void {
  const limit = Number(/^Max open files\s+(\d+)/m.exec(readText(pid, 'limits'))?.[1] ?? Number.POSITIVE_INFINITY);
  const open = listNumbers(pid, 'fd').length;
  if (limit - open >= freeDescriptors) return;
  throw refuse(
    `it has ${open} of ${limit} file descriptors open, and Node aborts when its inspector can’t get its own (some 10; ${freeDescriptors} must be free)`,
    'See what it has open: nops fds <target>.',
  );
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
