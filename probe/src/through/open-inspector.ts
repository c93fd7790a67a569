/**
 * Opens the inspector of a process that nobody prepared, uses it, and closes it again. One that is open already is used and left as it is.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { amidReading } from '../beside/amid-reading.js';
import { readStatus } from '../beside/procfs.js';
import { Closer } from './closer.js';
import { dial } from './dial.js';
import { type FoundInspector, findInspector } from './find-inspector.js';
import { openGate } from './gate.js';
import { readInspectPort } from './inspect-port.js';
import { evaluate, withDeadline } from './inspector-channel.js';
import { readListeners } from './listeners.js';
import { checkNetwork } from './network.js';
import { connectWebSocket, type WebSocketChannel } from './web-socket-channel.js';

export interface OpenInspector {
  channel: WebSocketChannel;
  /** Whether we had it opened, by a signal. */
  isOurs: boolean;
  /** Leaves, and closes what we opened. Resolves when nothing listens any more, or somebody else takes care of that. */
  close(): Promise<void>;
}

/** From the signal to a port that listens: 3 to 60 ms on an idle machine; over 5 s have been seen where forty processes shared two cores. */
const listenMs = 15_000;
const pollMs = 20;
const answerMs = 10_000;
const closedMs = 1000;

/** Throws `impossible` with what was seen when it can't be done safely, `no-answer`, `no-target`, `no-permission`, `usage`. */
export function openInspector(pid: number): Promise<OpenInspector> {
  return amidReading(pid, () => open(pid));
}

async function open(pid: number): Promise<OpenInspector> {
  checkNetwork(pid);
  const before = readListeners(pid).own;
  const running = await findInspector(pid, likelyInspectors(pid, before));
  if (running !== undefined) return use(pid, running, undefined);
  const gate = await openGate(pid);
  let closer: Closer | undefined;
  try {
    closer = await Closer.start(pid, gate.startTime, before);
    try {
      await gate.signal();
    } catch (error) {
      closer.done();
      throw error;
    }
    const found = await waitForInspector(pid, before);
    if (!before.has(found.port)) return await use(pid, found, closer);
    // It was open already, on a port that nothing told of: not ours to close.
    closer.done();
    return await use(pid, found, undefined);
  } catch (error) {
    closer?.takeOver();
    throw error;
  } finally {
    gate.close();
  }
}

/** Where an inspector listens that was open before: by the options of the process. The app's own ports are left alone. */
function likelyInspectors(pid: number, listening: ReadonlySet<number>): number[] {
  const { isOpened, port } = readInspectPort(pid);
  return [...listening].filter(listened => isOpened || listened === port);
}

/** The port that came with the signal; when none did, one that the app itself had opened is among those `before`. */
async function waitForInspector(pid: number, before: ReadonlySet<number>): Promise<FoundInspector> {
  const deadline = performance.now() + listenMs;
  while (performance.now() < deadline) {
    const isNew = (port: number) => !before.has(port);
    const found = await findInspector(pid, [...readListeners(pid).own].filter(isNew));
    if (found !== undefined) return found;
    await sleep(pollMs);
  }
  const old = await findInspector(pid, before);
  if (old !== undefined) return old;
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
