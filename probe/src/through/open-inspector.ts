/**
 * Opens the inspector of a process that nobody prepared, uses it, and closes it again. One that is open already is used and left as it is.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { readStat, readStatus } from '../beside/procfs.js';
import { Closer } from './closer.js';
import { dial } from './dial.js';
import { type FoundInspector, findInspector } from './find-inspector.js';
import { openGate } from './gate.js';
import { evaluate, withDeadline } from './inspector-channel.js';
import { readListeners } from './listeners.js';
import { connectWebSocket, type WebSocketChannel } from './web-socket-channel.js';

export interface OpenInspector {
  channel: WebSocketChannel;
  /** Whether we had it opened, by a signal. */
  isOurs: boolean;
  /** Leaves, and closes what we opened. Resolves when nothing listens any more, or somebody else takes care of that. */
  close(): Promise<void>;
}

/** From the signal to a port that listens: 3 to 60 ms on an idle machine. */
const listenMs = 5000;
const pollMs = 20;
const answerMs = 10_000;
const closedMs = 1000;

/** Throws `impossible` with what was seen when it can't be done safely, `no-answer`, `no-target`, `no-permission`, `usage`. */
export async function openInspector(pid: number): Promise<OpenInspector> {
  const open = await findInspector(pid);
  if (open !== undefined) return use(pid, open, undefined);
  const gate = openGate(pid);
  let closer: Closer | undefined;
  try {
    closer = await Closer.start(pid, readStat(pid).startTime);
    try {
      gate.signal();
    } catch (error) {
      closer.done();
      throw error;
    }
    return await use(pid, await waitForInspector(pid), closer);
  } catch (error) {
    closer?.takeOver();
    throw error;
  } finally {
    gate.close();
  }
}

async function waitForInspector(pid: number): Promise<FoundInspector> {
  const deadline = performance.now() + listenMs;
  while (performance.now() < deadline) {
    const found = await findInspector(pid);
    if (found !== undefined) return found;
    await sleep(pollMs);
  }
  throw new NopsError(
    'no-answer',
    `the inspector of process ${pid} did not open within ${listenMs} ms; if it does later, it is closed at once`,
    'See what the process does: nops stack, or try again.',
  );
}

async function use(pid: number, found: FoundInspector, closer: Closer | undefined): Promise<OpenInspector> {
  const channel = await connectWebSocket(found.url, () => dial(pid, found.port));
  // At its end the process waits for those who are connected and asked to be told: then we leave at once.
  channel.on('NodeRuntime.waitingForDisconnect', () => channel.close());
  channel.post('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true }).catch(() => {});
  try {
    await checkPid(pid, channel);
  } catch (error) {
    channel.close();
    throw error;
  }
  return { channel, isOurs: closer !== undefined, close: () => leave(pid, channel, found.port, closer) };
}

/** The port could have been taken over since we looked. */
async function checkPid(pid: number, channel: WebSocketChannel): Promise<void> {
  const told = await withDeadline(evaluate<number>(channel, 'process.pid'), answerMs, 'which process it is');
  const expected = readStatus(pid).nsPid.at(-1);
  if (told !== expected) throw new NopsError('no-target', `another process answers where process ${pid} listened`);
}

async function leave(pid: number, channel: WebSocketChannel, port: number, closer: Closer | undefined): Promise<void> {
  if (closer === undefined) {
    channel.close();
    return;
  }
  // It ends all conversations, so its answer never comes.
  channel.post('Runtime.evaluate', { expression: 'process._debugEnd()' }).catch(() => {});
  await Promise.race([channel.closed, sleep(100)]);
  channel.close();
  const deadline = performance.now() + closedMs;
  while (performance.now() < deadline) {
    if (!listens(pid, port)) {
      closer.done();
      return;
    }
    await sleep(pollMs);
  }
  closer.takeOver();
}

function listens(pid: number, port: number): boolean {
  try {
    return readListeners(pid).own.has(port);
  } catch {
    return false; // it has ended
  }
}
