/** Collections with their pauses, as the observer tells them. */

import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { flightLimits, kinds, marks, ticksPerMs } from '@nops/core/trace/format';
import type { Writer } from './writer.js';

/** An app with a small new space collects it 500 times a second, in 0.1 ms each; to tell of one costs the thread half of that. */
const maxPerMs = flightLimits.collections / 1000;
/** So many in a burst. */
const maxSaved = flightLimits.collections;
const resumeAt = maxSaved / 5;

type Collection = PerformanceEntry & { detail?: { kind?: number } };

export class Collections {
  readonly #writer: Writer;
  readonly #observer: PerformanceObserver;
  #isOn = false;
  /** How many more may be told. */
  #left: number = maxSaved;

  constructor(writer: Writer) {
    this.#writer = writer;
    this.#observer = new PerformanceObserver(list => {
      writer.put(kinds.mark | (marks.own << 8), 0, 0);
      const entries = list.getEntries() as Collection[];
      for (const { duration, startTime, detail } of entries) {
        writer.put(kinds.gc | ((detail?.kind ?? 0) << 8), duration * ticksPerMs, writer.ticksAt(startTime));
      }
      this.#left -= entries.length;
    });
    this.#observe();
  }

  /** Keeps to what they may cost: while there are more, some of the time is left out, and told. */
  adapt(elapsedMs: number): void {
    if (!this.#isOn) this.#writer.put(kinds.mark | (marks.gcLeftOut << 8), elapsedMs * ticksPerMs, 0);
    this.#left = Math.min(maxSaved, this.#left + elapsedMs * maxPerMs);
    if (this.#isOn && this.#left <= 0) this.stop();
    else if (!this.#isOn && this.#left >= resumeAt) this.#observe();
  }

  stop(): void {
    this.#observer.disconnect();
    this.#isOn = false;
  }

  #observe(): void {
    this.#observer.observe({ entryTypes: ['gc'] });
    this.#isOn = true;
  }
}
