/**
 * Asks the worker. A regular expression can take forever: at its deadline the worker is ended and a new one started, and what was
 * open must be opened again.
 */

import { type ErrorCode, NopsError } from '@nops/core/protocol/errors';
import type { Queries, QueryName, Request, Response } from './messages.js';

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

export class WorkerClient {
  #worker = start();
  #nextId = 0;
  readonly #pending = new Map<number, Pending>();

  constructor() {
    this.#listen();
  }

  /** Rejects with a NopsError when the worker says why it can't; `no-answer` at the deadline. */
  async ask<Name extends QueryName>(
    name: Name,
    ask: Queries[Name]['ask'],
    deadlineMs?: number,
  ): Promise<Queries[Name]['answer']> {
    const id = this.#nextId++;
    const request: Request = { id, name, ask };
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#worker.postMessage(request);
    const timer = deadlineMs === undefined ? undefined : setTimeout(() => this.#restart(deadlineMs), deadlineMs);
    try {
      // The worker answers a query by its own type.
      return (await answer) as Queries[Name]['answer'];
    } finally {
      clearTimeout(timer);
    }
  }

  #listen(): void {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Response>) => {
      const pending = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if ('answer' in data) pending?.resolve(data.answer);
      else pending?.reject(errorOf(data.error));
    });
    this.#worker.addEventListener('error', () => this.#failAll(new Error('the worker could not be loaded')));
  }

  #restart(deadlineMs: number): void {
    this.#worker.terminate();
    this.#worker = start();
    this.#listen();
    this.#failAll(new NopsError('no-answer', `it took longer than ${deadlineMs / 1000} s and was ended`));
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

function start(): Worker {
  // In a page that is one file, the worker's code stands in it as text.
  const inlined = document.getElementById('nops-worker')?.textContent;
  if (inlined == null) return new Worker(new URL('./main.js', import.meta.url), { type: 'module' });
  const address = URL.createObjectURL(new Blob([inlined], { type: 'text/javascript' }));
  // No module: a page from a file may not load one, and there is nothing to import.
  return new Worker(address);
}

function errorOf({
  code,
  message,
  next,
}: {
  code: ErrorCode | 'bug';
  message: string;
  next: string | undefined;
}): Error {
  return code === 'bug' ? new Error(message) : new NopsError(code, message, next);
}
