/** A conversation with a process's own inspector through the relay that runs in it (relay-program.ts), over its socket. */

import type { Stats } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { connectSocket } from '../beside/connect-socket.js';
import { orUndefined, readStat, readStatus } from '../beside/procfs.js';
import { JavaScriptWatch } from '../beside/stack/javascript-watch.js';
import { Conversation } from './conversation.js';
import { withDeadline } from './inspector-channel.js';
import { isPrivate, type PrivateFolder } from './turn-folder.js';

/** Starting a thread takes 30 ms on an idle machine. */
const appearMs = 5000;
const pollMs = 5;
const greetMs = 3000;
/** An event loop that turns says that it has let go within a moment; then it is looked at from outside. */
const lookAfterMs = 200;
const lookEveryMs = 20;
/** How often it must be seen in JavaScript: between two looks it has passed V8's checks a million times. */
const looksNeeded = 3;
const endMs = 2000;
/** One message; pieces of a heap snapshot have some 100 kB, a value is what an expression gives. */
const maxMessageCharacters = 32 << 20;

export interface RelayAddress {
  folders: readonly PrivateFolder[];
  name: string;
  nonce: string;
}

export interface RelayChannel extends Conversation {
  /** Ends the relay; resolves when its thread has nothing left to do, or will have when the event loop turns. */
  leave(): Promise<void>;
}

/** Throws `no-answer` when it does not come up, `no-target` when the process has ended. */
export async function connectRelay(pid: number, address: RelayAddress): Promise<RelayChannel> {
  const socket = await open(pid, address);
  const channel = new Channel(pid, socket);
  try {
    await withDeadline(channel.greeted(address.nonce, readStatus(pid).nsPid.at(-1)), greetMs, 'the relay in it');
    return channel;
  } catch (error) {
    channel.close();
    throw error;
  }
}

async function open(pid: number, { folders, name }: RelayAddress): Promise<Socket> {
  for (const deadline = performance.now() + appearMs; performance.now() < deadline; await sleep(pollMs)) {
    for (const folder of folders) {
      const socket = isPrivate(folder) ? await tryConnect(join(folder.path, name), folder.uid) : undefined;
      if (socket !== undefined) return socket;
    }
    readStat(pid); // it may have ended: that throws
  }
  throw new NopsError(
    'no-answer',
    `the thread that was started in process ${pid} to reach its inspector did not answer within ${appearMs} ms; the inspector is closed`,
    'See what the process does: nops stack <target>',
  );
}

/** Only to a socket of that user. */
function tryConnect(path: string, uid: number): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const check = (stats: Stats) => {
      if (!stats.isSocket() || stats.uid !== uid)
        throw new NopsError('no-permission', `${path} is no socket of uid ${uid}`);
    };
    const socket = orUndefined(() => connectSocket(path, check));
    if (socket === undefined) resolve(undefined);
    socket?.once('connect', () => resolve(socket)).once('error', () => resolve(undefined));
  });
}

class Channel extends Conversation implements RelayChannel {
  readonly #pid: number;
  readonly #socket: Socket;
  #greet: (line: string) => void = () => {};
  #hasGreeted = false;
  /** Of a message that has not come to its end. */
  #parts: string[] = [];
  #characters = 0;

  constructor(pid: number, socket: Socket) {
    super(
      text => socket.write(`${text}\n`),
      () => socket.destroy(),
    );
    this.#pid = pid;
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#take(chunk));
    socket.on('error', () => {}); // `close` follows
    socket.on('close', () => this.ended());
  }

  /** Resolves when the relay that was asked for has said who it is. */
  greeted(nonce: string, pid: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#greet = line => {
        const said = orUndefinedJson(line);
        if (said?.['nonce'] === nonce && said['pid'] === pid) resolve();
        else reject(new NopsError('no-permission', `something else than process ${this.#pid} answers at its socket`));
      };
      this.closed.then(() => reject(new NopsError('no-target', `process ${this.#pid} hung up, or has ended`)));
    });
  }

  async leave(): Promise<void> {
    this.#socket.write('{"leave":true}\n');
    if (await this.#isClosedWithin(lookAfterMs)) return;
    const watch = new JavaScriptWatch(this.#pid);
    try {
      let seen = 0;
      for (const deadline = performance.now() + endMs; performance.now() < deadline; ) {
        if (orUndefined(() => watch.runs()) === true && ++seen >= looksNeeded) {
          this.#socket.write('{"over":true}\n');
          if (await this.#isClosedWithin(lookAfterMs)) return;
        }
        if (await this.#isClosedWithin(lookEveryMs)) return;
      }
    } catch {
      // What can't be read can't be seen.
    } finally {
      watch.close();
      this.#socket.destroy();
    }
  }

  async #isClosedWithin(ms: number): Promise<boolean> {
    return Promise.race([this.closed.then(() => true), sleep(ms, false)]);
  }

  #take(chunk: string): void {
    this.#parts.push(chunk);
    this.#characters += chunk.length;
    if (this.#characters > maxMessageCharacters) {
      this.fail(new NopsError('impossible', `its inspector sent a message of over ${maxMessageCharacters} characters`));
      return;
    }
    if (!chunk.includes('\n')) return;
    const lines = this.#parts.join('').split('\n');
    const rest = lines.pop() ?? '';
    this.#parts = [rest];
    this.#characters = rest.length;
    for (const line of lines) {
      if (this.#hasGreeted) this.receive(line);
      else {
        this.#hasGreeted = true;
        this.#greet(line);
      }
    }
  }
}

function orUndefinedJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
