/**
 * Which labels were on in the main thread, and when: read from its ring of switches while somebody profiles, and asked by the times of
 * samples, which are of the same clock.
 */

import type { Label } from '@nops/core/profile/model';
import { firstRequestId, type LabelRing, type LabelSet, labelRingSize, labelRingWrap } from '../../messages/labels.js';
import type { MainThread } from '../main-thread/main-thread.js';

/** Often enough that the ring does not run over at 600,000 switches a second. */
const drainEveryMs = 100;
/** Switches held: 12 MB. Beyond them the oldest give way. */
const maxSwitches = 1_000_000;
const callMs = 1000;
/** Requests under way that are asked for at once. */
const maxUnknown = 10_000;

/** All that is known at a moment; stays valid. */
export interface LabelView {
  /** The number of the labels that were on at a time of the shared clock; 0: none. */
  at(micros: number): number;
  /** What such a number stands for. */
  of(id: number): Label[];
  switches: number;
  /** Switches that were overwritten before they were read, or gave way. */
  lost: number;
}

export class Labels {
  readonly #main: MainThread;
  readonly #ring: LabelRing;
  #users = 0;
  #began: Promise<void> = Promise.resolve();
  #offsetMicros = 0;
  #head = 0;
  #timer: NodeJS.Timeout | undefined;
  #times: number[] = [];
  #ids: number[] = [];
  #sets: readonly LabelSet[] = [];
  #requests = new Map<number, number>();
  #lost = 0;

  constructor(main: MainThread, ring: LabelRing) {
    this.#main = main;
    this.#ring = ring;
  }

  /** Begins to note switches. Throws `no-answer` when the main thread does not come to it. */
  async acquire(): Promise<void> {
    this.#users++;
    if (this.#users === 1) this.#began = this.#begin();
    try {
      await this.#began;
    } catch (error) {
      this.#users--;
      throw error;
    }
  }

  /** To be called once for each `acquire` that succeeded. `keeps`: samples of until now are held, and are to have their labels still. */
  release(keeps = false): void {
    this.#users--;
    if (this.#users > 0) return;
    clearInterval(this.#timer);
    const ended = this.#main.call('labelsEnd', null, callMs).catch(() => {});
    if (keeps) {
      void ended.then(() => this.#noteEnd());
      return;
    }
    this.#times = [];
    this.#ids = [];
    this.#requests = new Map();
    this.#lost = 0;
  }

  /** From now on there are none, until somebody begins again. */
  #noteEnd(): void {
    if (this.#users > 0) return;
    this.#drain();
    this.#times.push(Number(process.hrtime.bigint()) / 1e6 - this.#offsetMicros / 1000);
    this.#ids.push(0);
  }

  /** The number of the labels that were on then, as far as is known by now. */
  readonly at = (micros: number): number => this.#view().at(micros);

  /** With all up to now, and the routes of requests that are under way; what can't be had then is unlabelled. */
  async look(): Promise<LabelView> {
    this.#drain();
    const unknown = [...new Set(this.#ids)].filter(id => id >= firstRequestId && !this.#requests.has(id));
    const names = await this.#main.call('labelNames', unknown.slice(0, maxUnknown), callMs).catch(() => undefined);
    this.#sets = names?.sets ?? this.#sets;
    for (const [request, set] of names?.requests ?? []) this.#requests.set(request, set);
    return this.#view();
  }

  #view(): LabelView {
    const [times, ids, requests, sets] = [this.#times, this.#ids, this.#requests, this.#sets];
    const offsetMicros = this.#offsetMicros;
    return {
      at: micros => {
        const id = ids[lastBefore(times, (micros - offsetMicros) / 1000)] ?? 0;
        return requests.get(id) ?? id;
      },
      of: id => Object.entries(sets[requests.get(id) ?? id] ?? {}).map(([key, text]) => ({ key, text })),
      switches: times.length,
      lost: this.#lost,
    };
  }

  async #begin(): Promise<void> {
    this.#head = Atomics.load(this.#ring.head, 0);
    const { offsetMicros } = await this.#main.call('labelsBegin', null, callMs);
    this.#offsetMicros = offsetMicros;
    this.#timer = setInterval(() => this.#drain(), drainEveryMs);
  }

  #drain(): void {
    const head = Atomics.load(this.#ring.head, 0);
    const written = (head - this.#head + labelRingWrap) % labelRingWrap;
    const skip = Math.max(0, written - labelRingSize);
    this.#lost += skip;
    for (let i = this.#head + skip; i < this.#head + written; i++) {
      const time = this.#ring.times[i % labelRingSize] ?? 0;
      const id = this.#ring.ids[i % labelRingSize] ?? 0;
      if (time < 0) this.#requests.set(id, -time);
      else {
        this.#times.push(time);
        this.#ids.push(id);
      }
    }
    this.#head = head;
    if (this.#times.length > maxSwitches) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const count = maxSwitches / 4;
    this.#lost += count;
    this.#times = this.#times.slice(count);
    this.#ids = this.#ids.slice(count);
    const used = new Set(this.#ids);
    for (const request of this.#requests.keys()) if (!used.has(request)) this.#requests.delete(request);
  }
}

/** The index of the last of `times` that is not after `time`; −1 for none. */
function lastBefore(times: readonly number[], time: number): number {
  let from = 0;
  let to = times.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((times[middle] ?? 0) <= time) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}
