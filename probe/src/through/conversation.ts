/** The DevTools protocol over any stream of messages: commands with their answers, and events. What comes in is parsed, never believed. */

import { boundedJson } from '@nops/core/protocol/bounded-json';
import { NopsError } from '@nops/core/protocol/errors';
import { type InspectorChannel, ProtocolError } from './inspector-channel.js';

/** Commands that wait for an answer at once; none of ours posts more than a handful. */
const maxWaiting = 1000;

export interface ClosableChannel extends InspectorChannel {
  /** Resolves when the conversation has ended, by whomever. */
  closed: Promise<void>;
}

export class Conversation implements ClosableChannel {
  readonly closed: Promise<void>;
  readonly #send: (text: string) => void;
  readonly #hangUp: () => void;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #listeners = new Map<string, Set<(params: never) => void>>();
  #lastId = 0;
  #failure: NopsError | undefined;
  #isClosed = () => {};

  /** `send` gives one message to the other side; `hangUp` ends the stream, after which `ended` is to be called. */
  constructor(send: (text: string) => void, hangUp: () => void) {
    this.#send = send;
    this.#hangUp = hangUp;
    this.closed = new Promise(resolve => {
      this.#isClosed = resolve;
    });
  }

  post<Answer>(method: string, params: object = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      if (this.#waiting.size >= maxWaiting) {
        reject(new NopsError('no-answer', `${maxWaiting} commands wait for the inspector already`));
        return;
      }
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve: value => resolve(value as Answer), reject });
      this.#send(JSON.stringify({ id, method, params }));
    });
  }

  on<Params>(method: string, listener: (params: Params) => void): () => void {
    const known = this.#listeners.get(method) ?? new Set();
    this.#listeners.set(method, known.add(listener));
    return () => known.delete(listener);
  }

  close(): void {
    this.#hangUp();
  }

  /** A message of the other side. One that is not of the protocol ends the conversation. */
  receive(text: string): void {
    const message = parseMessage(text);
    if (message === undefined) {
      this.fail(malformed(text));
      return;
    }
    const { id, method, params, result, error } = message;
    if (id === undefined) {
      for (const listener of this.#listeners.get(method ?? '') ?? []) listener((params ?? {}) as never);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error !== undefined) waiting?.reject(new ProtocolError(error));
    else if (typeof result === 'object' && result !== null) waiting?.resolve(result);
    else waiting?.reject(malformed(text));
  }

  /** Ends the conversation. Pending commands reject with `why`. */
  fail(why: NopsError): void {
    this.#end(why);
    this.#hangUp();
  }

  /** To be called when the stream has ended. */
  ended(): void {
    this.#end(new NopsError('no-target', 'the process closed its inspector, or has ended'));
    this.#isClosed();
  }

  #end(why: NopsError): void {
    this.#failure ??= why;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

interface Message {
  id?: number | undefined;
  method?: string | undefined;
  params?: unknown;
  result?: unknown;
  error?: string | undefined;
}

const maxShown = 60;

function malformed(text: string): NopsError {
  const shown = text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
  return new NopsError(
    'impossible',
    `its inspector sent a message that is not of the DevTools protocol: ${JSON.stringify(shown)}`,
    'See what listens there: nops sockets <target>',
  );
}

function parseMessage(text: string): Message | undefined {
  const json = boundedJson(Buffer.from(text));
  const value = json.ok ? json.value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, method, params, result, error } = value as Record<string, unknown>;
  if (id !== undefined && typeof id !== 'number') return undefined;
  if (method !== undefined && typeof method !== 'string') return undefined;
  if (id === undefined && method === undefined) return undefined;
  return { id, method, params, result, error: error === undefined ? undefined : errorText(error) };
}

function errorText(error: unknown): string {
  const message = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : undefined;
  return typeof message === 'string' ? message : 'an error without a message';
}
