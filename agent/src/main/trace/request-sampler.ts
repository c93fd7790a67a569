/**
 * Which requests the flight recorder keeps. All of them as a rule; where there are more than it may cost, a random sample, the more often
 * the fewer of them. What is left out is counted.
 *
 * Random and not each n-th: requests often come in turns, and every second one may be a health check.
 */

import { flightLimits, kinds, marks } from '@nops/core/trace/format';
import type { Writer } from './writer.js';

/** How long a burst has to last before fewer are kept. */
const settleMs = 100;

/** Of the requests of a recording, in or out, from 1 on; 0: this one is left out. */
export interface Numbers {
  next(): number;
}

export class RequestSampler implements Numbers {
  readonly #writer: Writer;
  readonly #direction: 'in' | 'out';
  #number = 0;
  /** Requests to leave out until the next that is kept. */
  #gap = 0;
  /** Of one that is kept, with those left out before it. */
  #meanOffered = 1;
  #perMs = 0;
  #keptBefore = 0;
  /** Since the last time that it was told, with those of the gap that are still to come. */
  #leftOut = 0;

  constructor(writer: Writer, direction: 'in' | 'out') {
    this.#writer = writer;
    this.#direction = direction;
  }

  next(): number {
    if (this.#gap > 0) {
      this.#gap--;
      return 0;
    }
    if (this.#meanOffered > 1) this.#drawGap();
    return ++this.#number;
  }

  /** Tells what has been left out in the last `elapsedMs`, and goes by how many came. */
  adapt(elapsedMs: number): void {
    const leftOut = this.#leftOut - this.#gap;
    const offered = this.#number - this.#keptBefore + leftOut;
    this.#keptBefore = this.#number;
    this.#leftOut = this.#gap;
    if (leftOut > 0) this.#writer.put(kinds.mark | (marks.leftOut << 8), leftOut, this.#direction === 'in' ? 0 : 1);
    const weight = Math.min(1, elapsedMs / settleMs);
    this.#perMs += (offered / elapsedMs - this.#perMs) * weight;
    this.#meanOffered = Math.max(1, (this.#perMs * 1000) / flightLimits[this.#direction]);
    // Where fewer come than before, the next one is not waited for as long.
    const longest = this.#longestGap();
    if (this.#gap > longest) {
      this.#leftOut -= this.#gap - longest;
      this.#gap = longest;
    }
  }

  #drawGap(): void {
    this.#gap = Math.round(Math.random() * 2 * (this.#meanOffered - 1));
    this.#leftOut += this.#gap;
  }

  #longestGap(): number {
    return Math.round(2 * (this.#meanOffered - 1));
  }
}
