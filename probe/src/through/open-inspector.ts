/**
 * Opens the inspector of a process that nobody prepared, uses it, and closes it again. While it listens, any local user could connect to it
 * and run code in the process. So it is closed with the first message that the main thread runs, and what follows goes through a relay
 * within the process (relay-program.ts). One that is open already is used and left as it is.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { amidReading } from '../beside/amid-reading.js';
import { readStat, readStatus } from '../beside/procfs.js';
import { Closer } from './closer.js';
import type { ClosableChannel } from './conversation.js';
import { dial } from './dial.js';
import { endInspector } from './end-inspector.js';
import { type FoundInspector, findInspector } from './find-inspector.js';
import { type Gate, openGate } from './gate.js';
import { readInspectPort } from './inspect-port.js';
import { evaluate, type InspectorChannel, ProtocolError, ThrownError, withDeadline } from './inspector-channel.js';
import { readListeners } from './listeners.js';
import { checkNetwork } from './network.js';
import { isAskedAgain, isWaiting } from './opens-again.js';
import { connectRelay } from './relay-channel.js';
import { checkStrangers } from './strangers.js';
import { TableWatcher } from './table-watcher.js';
import { type Turn, takeTurn } from './turn.js';
import { privateFolders } from './turn-folder.js';
import { type BriefVisit, visit } from './visit.js';
import { connectWebSocket } from './web-socket-channel.js';

export interface OpenInspector {
  channel: InspectorChannel;
  /** Whether we had it opened, by a signal. */
  isOurs: boolean;
  /** Where it listened, or listens still when it is not ours. */
  port: number;
  /**
   * Leaves, and closes what we opened. Resolves when nothing listens any more, or somebody else takes care of that. `keepFolder`: what was
   * loaded into the process is about to use the private folder, so it is not removed if it is empty.
   */
  close(options?: { keepFolder?: boolean }): Promise<void>;
}

export interface OpenOptions {
  /** Also where other people's processes share the network of the target. */
  sharedHost?: boolean | undefined;
  /** What the user should know before, and meanwhile. */
  tell?: ((line: string) => void) | undefined;
  /** A further private folder of the target's user (NOPS_DIR), as the target sees it. */
  folder?: string | undefined;
}

const pollMs = 20;
const answerMs = 4000;
const closedMs = 1000;
/** For an answer to the first of `endInspector`, before the next is tried. */
const endMs = 100;
/** From the message that an event loop has taken to the port that it opens. */
const settledMs = 200;
/** Where Node is met amid loading one of its modules it is asked anew, each time by a signal of its own. */
const maxTries = 20;
const againMs = 10;

/** Throws `impossible` with what was seen when it can't be done safely, `no-permission` when others could connect or did, `no-answer`, `no-target`, `usage`. */
export function openInspector(pid: number, options: OpenOptions = {}): Promise<OpenInspector> {
  return amidReading(pid, () => open(pid, options));
}

async function open(pid: number, options: OpenOptions): Promise<OpenInspector> {
  checkNetwork(pid);
  const turn = await takeTurn(pid, readStat(pid).startTime, readInspectPort(pid).port, options.folder);
  try {
    const opened = await openInTurn(pid, turn, options);
    const close = async ({ keepFolder = false } = {}) => {
      await opened.close();
      if (!keepFolder) turn.tidy();
    };
    return { ...opened, close };
  } catch (error) {
    turn.end();
    turn.tidy();
    throw error;
  }
}

async function openInTurn(pid: number, turn: Turn, options: OpenOptions): Promise<OpenInspector> {
  const before = readListeners(pid).own;
  const running = await findInspector(pid, likelyInspectors(pid, before));
  if (running !== undefined) {
    turn.end();
    return use(pid, running);
  }
  const gate = await openGate(pid);
  let closer: Closer | undefined;
  let watcher: Promise<TableWatcher> | undefined;
  try {
    for (const line of checkStrangers(pid, options.sharedHost === true)) options.tell?.(line);
    // The closer first: it also ends our turn if we are killed.
    const closing = Closer.start(pid, gate.startTime, before, turn);
    watcher = TableWatcher.start(pid);
    watcher.catch(() => {});
    closer = await closing;
    return await openByGate(pid, gate, { before, closer, options, watcher: await watcher });
  } catch (error) {
    closer?.takeOver();
    watcher?.then(started => started.stop()).catch(() => {});
    throw error;
  } finally {
    gate.close();
  }
}

interface Opening {
  before: ReadonlySet<number>;
  closer: Closer;
  options: OpenOptions;
  watcher: TableWatcher;
}

async function openByGate(
  pid: number,
  gate: Gate,
  { before, closer, options, ...opening }: Opening,
): Promise<OpenInspector> {
  const folders = privateFolders(pid, options.folder);
  let { watcher } = opening;
  for (let tries = 1; ; tries++) {
    const address = { folders, ...newNames() };
    const request = { folders: folders.map(({ inside }) => inside), name: address.name, nonce: address.nonce };
    const outcome = await visit(pid, { before, request, watcher, signal: () => gate.signal(), tell: options.tell });
    switch (outcome.kind) {
      case 'not-signalled':
        closer.done();
        throw outcome.error;
      case 'old':
        // It was open already, on a port that nothing told of: not ours to close.
        closer.done();
        return use(pid, outcome.found);
      case 'held':
        options.tell?.(
          `process ${pid} can have no relay (${outcome.why}), so its inspector stays open until the command ends`,
        );
        return hold(pid, outcome.visit, closer);
      case 'again':
        await waitUntilClosed(pid, outcome.port);
        if (tries >= maxTries) throw new NopsError('no-answer', `process ${pid} loads modules of Node's all the time`);
        await sleep(againMs);
        watcher = await TableWatcher.start(pid);
        continue;
      case 'closed': {
        await settle(pid, outcome.port, closer);
        const channel = await connectRelay(pid, address);
        return { channel, isOurs: true, port: outcome.port, close: () => channel.leave() };
      }
    }
  }
}

/** Nobody can guess the socket's name, and the relay proves that it is the one that was asked for. */
function newNames(): { name: string; nonce: string } {
  return { name: `relay-${randomBytes(6).toString('hex')}.sock`, nonce: randomBytes(16).toString('hex') };
}

/** Where an inspector listens that was open before: by the options of the process. The app's own ports are left alone. */
function likelyInspectors(pid: number, listening: ReadonlySet<number>): number[] {
  const { isOpened, port } = readInspectPort(pid);
  return [...listening].filter(listened => isOpened || listened === port);
}

/** One that is not ours: somebody opened it, and it is left open. */
async function use(pid: number, found: FoundInspector): Promise<OpenInspector> {
  const channel = await connectWebSocket(found.url, () => dial(pid, found.port));
  await prepare(pid, channel);
  return { channel, isOurs: false, port: found.port, close: async () => channel.close() };
}

/** One of ours that could not be closed at once: it is watched until it is. */
async function hold(pid: number, held: BriefVisit, closer: Closer): Promise<OpenInspector> {
  const { channel, port } = held;
  await prepare(pid, channel);
  const watching = held.watchUntilClosed();
  const close = async () => {
    await leave(pid, channel, port, closer);
    await watching.end();
  };
  watching.failed.catch(() => leave(pid, channel, port, closer));
  return { channel, isOurs: true, port, close };
}

async function prepare(pid: number, channel: ClosableChannel): Promise<void> {
  // At its end the process waits for those who are connected and asked to be told: then we leave at once.
  channel.on('NodeRuntime.waitingForDisconnect', () => channel.close());
  channel.post('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true }).catch(() => {});
  try {
    await checkPid(pid, channel);
  } catch (error) {
    channel.close();
    throw error;
  }
}

/** The port could have been taken over since we looked; `process` may be the app's own, so Node's module is asked too. */
async function checkPid(pid: number, channel: ClosableChannel): Promise<void> {
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

/** What the expression threw, or why it could not run, as undefined. */
function unlessThrown(error: unknown): undefined {
  if (!(error instanceof ThrownError || error instanceof ProtocolError)) throw error;
}

async function leave(pid: number, channel: ClosableChannel, port: number, closer: Closer): Promise<void> {
  for (const expression of endInspector) {
    // It ends all conversations, so its answer never comes.
    channel.post('Runtime.evaluate', { expression, includeCommandLineAPI: true }).catch(() => {});
    if (await Promise.race([channel.closed.then(() => true), sleep(endMs, false)])) break;
  }
  channel.close();
  if ((await waitUntilClosed(pid, port)) === 'asked') closer.watch();
  else closer.done();
}

/** After the first message: nothing listens any more. Ends the turn. */
async function settle(pid: number, port: number, closer: Closer): Promise<void> {
  // What opens once more when the event loop turns is closed by the process itself (relay-program.ts).
  await waitUntilClosed(pid, port, false);
  closer.done();
}

/** Resolves when it was seen closed: `asked` when it may open again later. Throws `no-answer` when it stays open. */
async function waitUntilClosed(pid: number, port: number, isSettling = true): Promise<'closed' | 'asked'> {
  const deadline = performance.now() + closedMs;
  let closedAt: number | undefined;
  while (performance.now() < deadline) {
    const state = stateAfter(pid, port);
    if (state === 'open') closedAt = undefined;
    else closedAt ??= performance.now();
    const isSettled = closedAt !== undefined && (!isSettling || performance.now() - closedAt >= settledMs);
    if (state === 'gone' || (state === 'closed' && isSettled)) return 'closed';
    if (state === 'asked' && isSettled) return 'asked';
    await sleep(pollMs);
  }
  throw new NopsError(
    'no-answer',
    `the inspector of process ${pid} still listens on port ${port}: it is asked to close until it does`,
    `See what the process does: nops stack ${pid}`,
  );
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
