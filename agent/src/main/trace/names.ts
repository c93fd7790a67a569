/** The numbers of texts that are made of two, each made once: looking one up costs a fraction of making it. */

import type { Writer } from './writer.js';

/** Of one first part; most requests are for the same few. */
const maxNames = 1000;

export class Names {
  readonly #writer: Writer;
  readonly #make: (first: string, second: string) => string;
  readonly #known = new Map<string, Map<string, number>>();

  constructor(writer: Writer, make: (first: string, second: string) => string) {
    this.#writer = writer;
    this.#make = make;
  }

  of(first: string, second: string): number {
    const ofFirst = this.#known.get(first) ?? new Map<string, number>();
    const number = ofFirst.get(second);
    if (number !== undefined) return number;
    const made = this.#writer.text(this.#make(first, second));
    if (ofFirst.size >= maxNames) ofFirst.clear();
    if (this.#known.size >= maxNames) this.#known.clear();
    // 0: there was no room for its text.
    if (made !== 0) this.#known.set(first, ofFirst.set(second, made));
    return made;
  }
}
