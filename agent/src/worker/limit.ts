/** How many of a kind may be under way at once. */

import { BusyError } from '@nops/core/protocol/errors';

export class Limit {
  readonly #max: number;
  readonly #what: string;
  readonly #endsAtMs = new Set<{ endsAtMs: number }>();

  /** `what`: "heap profiles", of which `max` are being taken, as an error says. */
  constructor(max: number, what: string) {
    this.#max = max;
    this.#what = what;
  }

  /** Takes a place for about `seconds`, until what it returns is called; throws a BusyError that says when one will be free. */
  take(seconds: number): () => void {
    if (this.#endsAtMs.size >= this.#max) throw new BusyError(this.#message(), this.#waitSeconds());
    const own = { endsAtMs: performance.now() + seconds * 1000 };
    this.#endsAtMs.add(own);
    return () => this.#endsAtMs.delete(own);
  }

  /** Takes a place while `work` goes on. */
  async run<T>(seconds: number, work: () => Promise<T>): Promise<T> {
    const leave = this.take(seconds);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  #message(): string {
    return `${this.#max} ${this.#what} ${this.#max === 1 ? 'is' : 'are'} being taken already`;
  }

  #waitSeconds(): number {
    const first = Math.min(...[...this.#endsAtMs].map(({ endsAtMs }) => endsAtMs));
    return Math.max(1, Math.ceil((first - performance.now()) / 1000));
  }
}
