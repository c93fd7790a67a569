/**
 * The time in which an inspector of ours listens, from the signal to its close: it is found, told to close, and watched for others who
 * connect. Every millisecond counts, so whatever can be done before or after is.
 */

import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { listNumbers, tryReadLink } from '../beside/procfs.js';
import type { ClosableChannel } from './conversation.js';
import { dial, hangUp, OwnPorts } from './dial.js';
import { endInspector } from './end-inspector.js';
import { type FoundInspector, findInspector } from './find-inspector.js';
import { FirstMessage } from './first-message.js';
import { isLoopback, readInspectPort } from './inspect-port.js';
import { networkOf } from './network.js';
import { PortWatch, type Seen } from './port-watch.js';
import { type RelayRefusal, type RelayRequest, relayExpression } from './relay-program.js';
import type { TableWatcher } from './table-watcher.js';
import { friendlyNote, friendsOf, intrusion, isIntruder } from './visitors.js';
import { connectWebSocket } from './web-socket-channel.js';

export type Outcome =
  /** Nothing was sent. */
  | { kind: 'not-signalled'; error: unknown }
  /** An inspector that was open before. */
  | { kind: 'old'; found: FoundInspector }
  /** Closed; the relay comes up. */
  | { kind: 'closed'; port: number }
  /** Closed; to be tried again. */
  | { kind: 'again'; port: number }
  /** Still open: the process can have no relay. */
  | { kind: 'held'; why: string; visit: BriefVisit };

export interface VisitRequest {
  /** The ports that the process listened on before. */
  before: ReadonlySet<number>;
  request: RelayRequest;
  /** It is ended by this. */
  watcher: TableWatcher;
  signal(): Promise<void>;
  tell?: ((line: string) => void) | undefined;
}

/** From the signal to a port that listens: 3 to 60 ms on an idle machine; over 5 s have been seen where forty processes shared two cores. */
const listenMs = 8000;
const eager = { forMs: 500, everyMs: 1 };
const pollMs = 10;
const answerMs = 8000;
/** Until it says its id, as an inspector does within a moment. */
const askMs = 1000;
/** Other messages than the answer that are passed over. */
const maxMessages = 100;
/** How often a port that listens is asked whether it is an inspector: on a busy machine one takes its time. */
const maxAsked = 3;
const heldEveryMs = 10;
/** For an answer to the first of `endInspector`, before the next is tried. */
const endMs = 100;

/** Throws `no-permission` when somebody else connected, `no-answer`, `impossible`; the inspector may be open then. */
export async function visit(pid: number, { before, request, watcher, signal, tell }: VisitRequest): Promise<Outcome> {
  const expression = relayExpression(request);
  const brief = new BriefVisit(pid, tell, watcher);
  try {
    // Before the signal: we may be held up right after it.
    await watcher.begin();
    try {
      await signal();
    } catch (error) {
      return { kind: 'not-signalled', error };
    }
    return (await brief.close(expression)) ?? { kind: 'old', found: await findOld(pid, before) };
  } finally {
    brief.rest();
  }
}

async function findOld(pid: number, before: ReadonlySet<number>): Promise<FoundInspector> {
  const old = await findInspector(pid, before);
  if (old !== undefined) return old;
  throw new NopsError(
    'no-answer',
    `the inspector of process ${pid} did not open within ${listenMs} ms; if it does later, it is closed at once`,
    'See what the process does: nops stack, or try again.',
  );
}

export class BriefVisit {
  readonly #pid: number;
  readonly #tell: (line: string) => void;
  readonly #watch: PortWatch;
  readonly #watcher: TableWatcher;
  readonly #own = new OwnPorts();
  readonly #friends: ReadonlySet<number>;
  /** 0: any free one. */
  readonly #expectedPort: number;
  #channel: ClosableChannel | undefined;
  #port = 0;

  constructor(pid: number, tell: (line: string) => void = () => {}, watcher: TableWatcher) {
    this.#pid = pid;
    this.#tell = tell;
    this.#watcher = watcher;
    this.#friends = friendsOf(pid);
    this.#watch = new PortWatch(pid);
    // In another network each attempt would start a helper.
    this.#expectedPort = networkOf(pid).length === 0 ? readInspectPort(pid).port : 0;
  }

  /** Of an inspector that is held open. */
  get channel(): ClosableChannel {
    if (this.#channel === undefined) throw new Error('it is not held');
    return this.#channel;
  }

  get port(): number {
    return this.#port;
  }

  /** Finds the inspector that has come to listen, and has it closed by the first message; undefined when none comes in time. */
  async close(expression: string): Promise<Outcome | undefined> {
    const asked = new Map<number, number>();
    const began = performance.now();
    for (;;) {
      const elapsedMs = performance.now() - began;
      if (elapsedMs > listenMs) return undefined;
      for (const { port, socket } of await this.#listening(elapsedMs)) {
        const times = asked.get(port) ?? 0;
        if (times >= maxAsked) {
          if (socket !== undefined) hangUp(socket);
          continue;
        }
        asked.set(port, times + 1);
        const outcome = await this.#tryClose(port, socket, expression);
        if (outcome !== undefined) return outcome;
      }
      await sleep(elapsedMs < eager.forMs ? eager.everyMs : pollMs);
    }
  }

  /**
   * The ports to ask. The one that is expected is tried by connecting, which is quicker than a look at the table of all sockets; but an app
   * that gives its process a title overwrites the command line that tells it.
   */
  async #listening(elapsedMs: number): Promise<{ port: number; socket?: Duplex }[]> {
    if (this.#expectedPort !== 0) {
      const socket = await connected(this.#expectedPort, this.#own);
      if (socket !== undefined) return [{ port: this.#expectedPort, socket }];
      if (elapsedMs < eager.forMs) return [];
    }
    return this.#watch.newListeners().filter(({ inode }) => isOpenIn(this.#pid, inode));
  }

  /** undefined when what listens there is no inspector. Throws `no-permission` when somebody else has connected. */
  async #tryClose(port: number, socket: Duplex | undefined, expression: string): Promise<Outcome | undefined> {
    const first = new FirstMessage(this.#pid, port, this.#own, socket);
    try {
      const id = await first.id(askMs);
      if (id === undefined) return undefined;
      this.#port = port;
      this.#watch.follow({ port, host: '127.0.0.1' });
      await first.upgrade(id, answerMs);
      first.send(evaluateText(1, expression));
      const refusal = await this.#refusalOf(first);
      if (refusal?.again === true) await this.#end(first);
      const seen = await this.#watcher.end(port);
      await this.#own.settled();
      this.#look(seen);
      if (refusal !== undefined && this.#intruders().length > 0) await this.#end(first);
      this.#judge();
      checkHosts(this.#pid, this.#watch.hosts);
      if (refusal === undefined) return { kind: 'closed', port };
      if (refusal.again === true) return { kind: 'again', port };
      this.#channel = await connectWebSocket(`ws://127.0.0.1:${port}/${id}`, () => dial(this.#pid, port, this.#own));
      return { kind: 'held', why: refusal.failure ?? '', visit: this };
    } finally {
      first.close();
    }
  }

  /** undefined when it was closed, as it should be. */
  async #refusalOf(first: FirstMessage): Promise<RelayRefusal | undefined> {
    for (let messages = 0; messages < maxMessages; messages++) {
      const text = await first.answer(answerMs);
      if (text === undefined) return undefined;
      const refusal = parseRefusal(text);
      if (refusal !== undefined) return refusal;
    }
    throw new NopsError('impossible', `what listens on port ${this.#port} answers as no inspector does`);
  }

  /** It ends all conversations, so its answer never comes. */
  async #end(first: FirstMessage): Promise<void> {
    let id = 1;
    for (const expression of endInspector) {
      first.send(evaluateText(++id, expression));
      if (await Promise.race([first.closed.then(() => true), sleep(endMs, false)])) return;
    }
  }

  /** For an inspector that stays open: `failed` rejects when somebody else connects, and so does `end`. */
  watchUntilClosed(): { failed: Promise<never>; end(): Promise<void> } {
    let timer: NodeJS.Timeout | undefined;
    const failed = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        this.#look();
        const intruders = this.#intruders();
        if (intruders.length > 0) reject(intrusion(this.#pid, intruders));
      }, heldEveryMs);
    });
    failed.catch(() => {});
    return {
      failed,
      end: async () => {
        clearInterval(timer);
        this.#look();
        this.#judge();
      },
    };
  }

  /** The time is over. */
  rest(): void {
    this.#watcher.stop();
  }

  #look(seen?: Seen): void {
    this.#watch.look(this.#own.ports, seen);
  }

  #intruders() {
    return this.#watch.visitors.filter(visitor => isIntruder(visitor, this.#friends));
  }

  #judge(): void {
    const intruders = this.#intruders();
    if (intruders.length > 0) throw intrusion(this.#pid, intruders);
    const note = friendlyNote(this.#pid, this.#watch.visitors);
    if (note !== undefined) this.#tell(note);
  }
}

/** The gate reads the host on the command line, which the app can have overwritten. */
function checkHosts(pid: number, hosts: ReadonlySet<string>): void {
  const reachable = [...hosts].find(host => !isLoopback(host));
  if (reachable === undefined) return;
  throw new NopsError(
    'impossible',
    `the inspector of process ${pid} listens on ${reachable}, where others can connect to it; it is closed at once`,
    'Start the process with --inspect-port=127.0.0.1:0, or without.',
  );
}

/** A connection to the port; undefined when nothing listens there yet. */
function connected(port: number, own: OwnPorts): Promise<Socket | undefined> {
  const over = own.begin();
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    const end = (taken: Socket | undefined) => {
      over(taken?.localPort);
      resolve(taken);
    };
    socket.on('connect', () => end(socket)).on('error', () => end(undefined));
  });
}

function isOpenIn(pid: number, inode: number): boolean {
  const link = `socket:[${inode}]`;
  // The newest descriptors are the likely ones.
  return listNumbers(pid, 'fd')
    .reverse()
    .some(fd => tryReadLink(pid, `fd/${fd}`) === link);
}

function evaluateText(id: number, expression: string): string {
  const params = { expression, includeCommandLineAPI: true, returnByValue: true, silent: true };
  return JSON.stringify({ id, method: 'Runtime.evaluate', params });
}

/** What went wrong before it could close: told by the program itself, or thrown. undefined for another message. */
function parseRefusal(text: string): RelayRefusal | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { id, result: answer, error } = record(message);
  if (id !== 1) return undefined;
  if (error !== undefined) return { failure: textOf(record(error)['message']) };
  const { result, exceptionDetails } = record(answer);
  if (exceptionDetails !== undefined) {
    const { exception, text: thrown } = record(exceptionDetails);
    return { failure: textOf(record(exception)['description'] ?? thrown) };
  }
  const { failure, again } = record(record(result)['value']);
  return again === true ? { again } : { failure: textOf(failure) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? (value.split('\n', 1)[0] ?? '') : 'its inspector did not close';
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
