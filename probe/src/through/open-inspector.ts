/**
 * Opens the inspector of a process that nobody prepared, uses it, and closes it again. One that is open already is used and left as it is.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { amidReading } from '../beside/amid-reading.js';
import { readStat, readStatus } from '../beside/procfs.js';
import { Closer } from './closer.js';
import { dial } from './dial.js';
import { endInspector } from './end-inspector.js';
import { type FoundInspector, findInspector } from './find-inspector.js';
import { openGate } from './gate.js';
import { readInspectPort } from './inspect-port.js';
import { evaluate, withDeadline } from './inspector-channel.js';
import { readListeners } from './listeners.js';
import { checkNetwork } from './network.js';
import { isAskedAgain, isWaiting } from './opens-again.js';
import { takeTurn } from './turn.js';
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
/** For an answer to the first of `endInspector`, before the next is tried. */
const endMs = 100;
/** From the message that an event loop has taken to the port that it opens. */
const settledMs = 200;

/** Throws `impossible` with what was seen when it can't be done safely, `no-answer`, `no-target`, `no-permission`, `usage`. */
export function openInspector(pid: number): Promise<OpenInspector> {
  return amidReading(pid, () => open(pid));
}

async function open(pid: number): Promise<OpenInspector> {
  checkNetwork(pid);
  const endTurn = await takeTurn(pid, readStat(pid).startTime, readInspectPort(pid).port);
  try {
    return await openInTurn(pid, endTurn);
  } catch (error) {
    endTurn();
    throw error;
  }
}

async function openInTurn(pid: number, endTurn: () => void): Promise<OpenInspector> {
  const before = readListeners(pid).own;
  const running = await findInspector(pid, likelyInspectors(pid, before));
  if (running !== undefined) {
    endTurn();
    return use(pid, running, undefined);
  }
  const gate = await openGate(pid);
  let closer: Closer | undefined;
  try {
    closer = await Closer.start(pid, gate.startTime, before, endTurn);
    try {
      await gate.signal();
    } catch (error) {
      closer.done();
      throw error;
    }
    const found = await waitForInspector(pid, before);
    if (!before.has(found.port)) {
      checkAddress(pid, found.port);
      return await use(pid, found, closer);
    }
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

/** An app that gives its process a title overwrites its command line (and so what the gate reads there). */
function checkAddress(pid: number, port: number): void {
  const host = readListeners(pid).reachable.get(port);
  if (host === undefined) return;
  throw new NopsError(
    'impossible',
    `the inspector of process ${pid} listens on ${host}, where others can connect to it; it is closed at once`,
    'Start the process with --inspect-port=127.0.0.1:0, or without.',
  );
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

/** The port could have been taken over since we looked; `process` may be the app's own, so Node's module is asked too. */
async function checkPid(pid: number, channel: WebSocketChannel): Promise<void> {
  const expected = readStatus(pid).nsPid.at(-1);
  let told: unknown;
  for (const expression of ['process.pid', "require('node:process').pid"]) {
    const asked = evaluate(channel, expression, { commandLine: true }).catch(unlessThrown);
    told = await withDeadline(asked, answerMs, 'which process it is');
    if (told === expected) return;
  }
  const what =
    told === undefined
      ? `process ${pid} did not tell which process it is: it has not begun to run (--inspect-brk), or has replaced Node’s own \`process\``
      : `another process answers where process ${pid} listened`;
  throw new NopsError(told === undefined ? 'impossible' : 'no-target', what);
}

/** What the expression threw, as undefined. */
function unlessThrown(error: unknown): undefined {
  if (error instanceof NopsError) throw error;
}

async function leave(pid: number, channel: WebSocketChannel, port: number, closer: Closer | undefined): Promise<void> {
  if (closer === undefined) {
    channel.close();
    return;
  }
  for (const expression of endInspector) {
    // It ends all conversations, so its answer never comes.
    channel.post('Runtime.evaluate', { expression, includeCommandLineAPI: true }).catch(() => {});
    if (await Promise.race([channel.closed.then(() => true), sleep(endMs, false)])) break;
  }
  channel.close();
  const deadline = performance.now() + closedMs;
  let closedAt: number | undefined;
  while (performance.now() < deadline) {
    const state = stateAfter(pid, port);
    if (state === 'open') closedAt = undefined;
    else closedAt ??= performance.now();
    const closedForMs = closedAt === undefined ? 0 : performance.now() - closedAt;
    if (state === 'gone' || (state === 'closed' && closedForMs >= settledMs)) {
      closer.done();
      return;
    }
    if (state === 'asked' && closedForMs >= settledMs) {
      closer.watch();
      return;
    }
    await sleep(pollMs);
  }
  closer.takeOver();
}

/** `asked`: closed, but it may open again; `gone`: neither is possible any more. */
function stateAfter(pid: number, port: number): 'open' | 'asked' | 'closed' | 'gone' {
  try {
    if (listens(pid, port)) return 'open';
    if (isAskedAgain(pid)) return 'asked';
    return isWaiting(pid) ? 'gone' : 'closed';
  } catch (error) {
    if (error instanceof NopsError && error.code === 'no-target') return 'gone';
    throw error;
  }
}

function listens(pid: number, port: number): boolean {
  try {
    return readListeners(pid).own.has(port);
  } catch {
    return false; // it has ended
  }
}
