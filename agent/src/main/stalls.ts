/**
 * When the event loop did not come round: a timer that comes late says for how long. It runs only while somebody looks at what blocks the
 * loop, and ends by itself when nobody ended it; or all the time, beside samples that are taken all the time.
 */

import type { Stall } from '../messages/shared.js';

/** How often the loop is wanted to come round: far below what is called a stall. */
const everyMs = 10;
/** Stalls that are kept; the oldest give way. */
const maxStalls = 10_000;
/** Shorter ones are never asked for. */
const minStallMs = 20;
/** The longest that a client may look, and time to spare. */
const expiresMs = 330_000;

export class Stalls {
  #users = 0;
  #isKept = false;
  #stalls: Stall[] = [];
  #last = 0;
  #timer: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;

  begin(): true {
    this.#users++;
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#leave(), expiresMs).unref();
    this.#watch();
    return true;
  }

  /** Whether it is to watch also while nobody looks. */
  keep(isKept: boolean): true {
    this.#isKept = isKept;
    if (isKept) this.#watch();
    else if (this.#users === 0) this.closeAll();
    return true;
  }

  #watch(): void {
    if (this.#timer !== undefined) return;
    this.#last = nowMicros();
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  /** Those that ended since `fromMicros`, and one that lasts: the loop may be stalled now, with this call in the middle. */
  end(fromMicros: number): Stall[] {
    const found = this.since(fromMicros);
    this.#users--;
    if (this.#users <= 0) this.#leave();
    return found;
  }

  since(fromMicros: number): Stall[] {
    if (this.#timer !== undefined) this.#look();
    return this.#stalls.filter(({ toMicros }) => toMicros > fromMicros);
  }

  #leave(): void {
    this.#users = 0;
    clearTimeout(this.#expiry);
    if (!this.#isKept) this.closeAll();
  }

  closeAll(): void {
    this.#users = 0;
    this.#isKept = false;
    this.#stalls = [];
    clearInterval(this.#timer);
    clearTimeout(this.#expiry);
    this.#timer = undefined;
  }

  #look(): void {
    const now = nowMicros();
    if (now - this.#last >= (everyMs + minStallMs) * 1000) this.#stalls.push({ fromMicros: this.#last, toMicros: now });
    if (this.#stalls.length > maxStalls) this.#stalls.shift();
    this.#last = now;
  }
}

/** The clock of V8's samples. */
function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
