/** The numbers of texts that are made of two, each made once: looking one up costs a fraction of making it. */

import type { Writer } from './writer.js';

/** Most requests are for the same few. */
const maxNames = 1000;

export class Names {
  readonly #writer: Writer;
  readonly #make: (first: string, second: string) => string;
  readonly #known = new Map<string, Map<string, number>>();
  #count = 0;

  constructor(writer: Writer, make: (first: string, second: string) => string) {
    this.#writer = writer;
    this.#make = make;
  }

  of(first: string, second: string): number {
    const number = this.#known.get(first)?.get(second);
    if (number !== undefined) return number;
    const made = this.#writer.text(this.#make(first, second));
    // 0: there was no room for its text.
    if (made !== 0) this.#keep(first, second, made);
    return made;
  }

  #keep(first: string, second: string, number: number): void {
    if (this.#count >= maxNames) {
      this.#known.clear();
      this.#count = 0;
    }
    this.#count++;
    const ofFirst = this.#known.get(first) ?? new Map<string, number>();
    this.#known.set(first, ofFirst.set(second, number));
  }
}
