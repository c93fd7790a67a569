/**
 * Finds the id of an inspector and gives it one message, over bare sockets. The `http` and `ws` modules would do, but their first use in a
 * process costs tens of milliseconds, in which any local user could connect to the inspector.
 *
 *   socket 1   GET /json/list            ▶  ◀  [{"webSocketDebuggerUrl": "ws://…/<id>"}]
 *   socket 2   GET /<id>, Upgrade        ▶  ◀  101
 *              a text frame: the message ▶  ◀  frames, or the end when it closes the inspector
 *
 * src/inspector_socket.cc; RFC 6455.
 */

import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { dial, hangUp, type OwnPorts } from './dial.js';
import { inspectorIdIn } from './find-inspector.js';

const maxAnswerBytes = 64 << 10;
/** RFC 6455, section 5.2: FIN with opcode 1 (text) and 8 (close); a length that follows in 16 or 64 bits; the mask bit. */
const frames = { text: 0x81, close: 0x88 };
const longLength = 126;
const longerLength = 127;
const maskBit = 0x80;

export class FirstMessage {
  readonly closed: Promise<void>;
  readonly #own: OwnPorts;
  readonly #list: Duplex;
  readonly #socket: Duplex;
  readonly #answers: string[] = [];
  #received = Buffer.alloc(0);
  #isUpgraded = false;
  #isClosed = false;
  #wake = () => {};

  /** `list`: one that is connected already. What goes wrong shows in the calls that follow. */
  constructor(pid: number, port: number, own: OwnPorts, list = dial(pid, port, own)) {
    this.#own = own;
    this.#list = list.on('error', () => {});
    this.#socket = dial(pid, port, own).on('error', () => {});
    this.#list.write('GET /json/list HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.closed = new Promise(resolve => {
      this.#socket.on('close', () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  /** The inspector's id; undefined when the server is no inspector, or sends nothing within `ms` of the connection. */
  async id(ms: number): Promise<string | undefined> {
    const answer = readAnswer(this.#list);
    await this.#own.settled();
    const text = await Promise.race([answer, sleep(ms, '', { ref: false })]);
    hangUp(this.#list);
    return inspectorIdIn(text);
  }

  /** Throws `no-answer` when it does not take a conversation in time. */
  async upgrade(id: string, ms: number): Promise<void> {
    const key = randomBytes(16).toString('base64');
    const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13`;
    this.#socket.write(`GET /${id} HTTP/1.1\r\nHost: 127.0.0.1\r\n${upgrade}\r\n\r\n`);
    const head = await this.answer(ms);
    if (head?.startsWith('HTTP/1.1 101 ') !== true) {
      throw new NopsError('no-answer', 'its inspector did not take the connection', 'Try again.');
    }
  }

  /** `text` has less than 64 KiB. */
  send(text: string): void {
    const body = Buffer.from(text);
    const mask = randomBytes(4);
    for (let i = 0; i < body.length; i++) body[i] = (body[i] ?? 0) ^ (mask[i % 4] ?? 0);
    const isShort = body.length < longLength;
    const length = isShort ? [maskBit | body.length] : [maskBit | longLength, body.length >> 8, body.length & 255];
    this.#socket.write(Buffer.concat([Buffer.from([frames.text, ...length]), mask, body]));
  }

  /** The next message; undefined when the conversation ends before, as it should. Throws `no-answer` after `ms`. */
  async answer(ms: number): Promise<string | undefined> {
    const deadline = performance.now() + ms;
    for (;;) {
      const next = this.#answers.shift();
      if (next !== undefined || this.#isClosed) return next;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        throw new NopsError('no-answer', `the main thread did not answer within ${ms} ms: to close its inspector`);
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    hangUp(this.#list);
    hangUp(this.#socket);
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const message = this.#isUpgraded ? frameIn(this.#received) : headIn(this.#received);
      if (message === undefined) break;
      this.#isUpgraded = true;
      this.#received = this.#received.subarray(message.size);
      // Node holds the main thread until each client has gone (src/inspector_socket.cc, WaitForCloseReply).
      if (message.isClose) {
        this.close();
        return;
      }
      this.#answers.push(message.text);
    }
    if (this.#received.length > maxAnswerBytes) this.close();
    this.#wake();
  }
}

interface Received {
  text: string;
  size: number;
  isClose: boolean;
}

/** The head of an HTTP answer, when it is whole. */
function headIn(bytes: Buffer): Received | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? undefined : { text: bytes.toString('latin1', 0, end), size: end + 4, isClose: false };
}

/** The first frame, when it is whole. One that is too long to be an answer of ours ends the conversation. */
function frameIn(bytes: Buffer): Received | undefined {
  const [first = 0, length = 0] = bytes;
  if (bytes.length < 2) return undefined;
  if (length === longerLength) return { text: '', size: bytes.length, isClose: true };
  const start = length === longLength ? 4 : 2;
  if (bytes.length < start) return undefined;
  const size = start + (length === longLength ? bytes.readUInt16BE(2) : length);
  if (bytes.length < size) return undefined;
  const text = first === frames.text ? bytes.toString('utf8', start, size) : '';
  return { text, size, isClose: first === frames.close };
}

/** The body of an HTTP response with a Content-Length; empty when the response is cut off or too long. */
function readAnswer(stream: Duplex): Promise<string> {
  return new Promise(resolve => {
    let text = '';
    const end = () => resolve(bodyOf(text) ?? '');
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (bodyOf(text) !== undefined || text.length > maxAnswerBytes) end();
    });
    stream.on('close', end);
  });
}

function bodyOf(text: string): string | undefined {
  const end = text.indexOf('\r\n\r\n');
  const length = /^content-length: *(\d{1,6})\r?$/im.exec(text.slice(0, Math.max(0, end)))?.[1];
  if (end < 0 || length === undefined) return undefined;
  const body = text.slice(end + 4);
  return body.length < Number(length) ? undefined : body.slice(0, Number(length));
}
