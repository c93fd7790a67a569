/** A conversation with an inspector that listens on a port: the DevTools protocol over a WebSocket. */

import type { Duplex } from 'node:stream';
import { NopsError } from '@nops/core/protocol/errors';
import { WebSocket } from 'ws';
import type { InspectorChannel } from './inspector-channel.js';

/** Heap snapshots come in chunks of some 100 kB; one answer with everything a profile has may take some MB. */
const maxMessageBytes = 256 << 20;
const connectMs = 5000;

interface Message {
  id?: number;
  method?: string;
  params?: object;
  result?: unknown;
  error?: { message: string };
}

export interface WebSocketChannel extends InspectorChannel {
  /** Resolves when the conversation has ended, by whomever. */
  closed: Promise<void>;
}

/** `open` gives a stream to the inspector. Throws `no-answer` when nobody answers there in time. */
export async function connectWebSocket(url: string, open: () => Duplex): Promise<WebSocketChannel> {
  const socket = new WebSocket(url, {
    createConnection: open as never, // typed for net.Socket; any duplex stream will do
    handshakeTimeout: connectMs,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', error => reject(new NopsError('no-answer', `its inspector did not answer: ${error.message}`)));
  });
  return new Channel(socket);
}

class Channel implements WebSocketChannel {
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #listeners = new Map<string, Set<(params: never) => void>>();
  #lastId = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise(resolve => socket.once('close', () => resolve()));
    socket.on('error', () => {}); // `close` follows
    socket.on('close', () => this.#end());
    socket.on('message', data => this.#receive(String(data)));
  }

  post<Answer>(method: string, params: object = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new NopsError('no-target', 'the process closed its inspector, or has ended'));
        return;
      }
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve: value => resolve(value as Answer), reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  on<Params>(method: string, listener: (params: Params) => void): () => void {
    const known = this.#listeners.get(method) ?? new Set();
    this.#listeners.set(method, known.add(listener));
    return () => known.delete(listener);
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(text: string): void {
    const { id, method, params, result, error } = JSON.parse(text) as Message;
    if (id === undefined) {
      for (const listener of this.#listeners.get(method ?? '') ?? []) listener(params as never);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  }

  #end(): void {
    const error = new NopsError('no-target', 'the process closed its inspector, or has ended');
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
