/** Connections as columns, by their number. */

import { GrowingColumn, growing32 } from './growing-column.js';
import type { Connection } from './model.js';

/** One that was there before the trace began is `seen` only, until something else is heard of it. */
const seen = 1;
const incoming = 2;
const secure = 4;

export class ConnectionColumns {
  readonly #flags = new GrowingColumn(Uint8Array);
  readonly #peer = growing32();
  readonly #opened = growing32();
  readonly #ready = growing32();
  readonly #closed = growing32();
  readonly #requests = growing32();

  /** `peer`: number of its name. */
  request(number: number, peer: number): void {
    this.#see(number, 0);
    if (this.#peer.array[number] === 0) this.#peer.array[number] = peer;
    this.#requests.array[number] = (this.#requests.array[number] ?? 0) + 1;
  }

  cameIn(number: number, ticks: number): void {
    this.#see(number, incoming);
    this.#opened.array[number] = ticks;
  }

  open(number: number, peer: number, ticks: number): void {
    this.#see(number, 0);
    if (this.#opened.array[number] !== 0) return;
    this.#opened.array[number] = ticks;
    this.#peer.array[number] = peer;
  }

  ready(number: number, isSecure: boolean, ticks: number): void {
    this.#see(number, isSecure ? secure : 0);
    this.#ready.array[number] = ticks;
  }

  close(number: number, ticks: number): void {
    this.#see(number, 0);
    this.#closed.array[number] = ticks;
  }

  *each(names: readonly string[]): Generator<Connection> {
    for (let number = 0; number < this.#flags.length; number++) {
      const flags = this.#flags.array[number] ?? 0;
      if (flags === 0) continue;
      yield {
        peer: names[this.#peer.array[number] ?? 0] ?? '',
        incoming: (flags & incoming) !== 0,
        secure: (flags & secure) !== 0,
        opened: this.#opened.array[number] ?? 0,
        ready: this.#ready.array[number] ?? 0,
        closed: this.#closed.array[number] ?? 0,
        requests: this.#requests.array[number] ?? 0,
      };
    }
  }

  #see(number: number, flag: number): void {
    if (number >= this.#flags.length) {
      for (const column of [this.#peer, this.#opened, this.#ready, this.#closed, this.#requests]) column.set(number, 0);
    }
    this.#flags.set(number, (this.#flags.array[number] ?? 0) | seen | flag);
  }
}
