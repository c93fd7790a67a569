/** Samples a process at a steady rate and makes results of it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { TopResult } from '@nops/core/protocol/top-results';
import { readNodeVersion } from '@nops/probe/beside/node-version';
import { TopSampler } from '@nops/probe/beside/top/sampler';
import { usualCacheFolder } from '@nops/probe/beside/v8/locate';

export class TopSession {
  readonly #sampler: TopSampler;
  readonly #rate: number;
  readonly #node: string | null;
  #sampledMs = 0;

  /** Samples per second: `rate`. Throws like `TopSampler`. */
  constructor(pid: number, rate: number) {
    this.#rate = rate;
    this.#node = readNodeVersion(pid);
    this.#sampler = new TopSampler(pid, { cacheFolder: usualCacheFolder() });
  }

  /** Samples for `ms`; what can't be kept up with is left out. Throws `no-target` when the process ends, and rejects when aborted. */
  async sampleFor(ms: number, signal: AbortSignal): Promise<void> {
    const periodMs = 1000 / this.#rate;
    const began = performance.now();
    try {
      for (let due = 0; due < ms; ) {
        await sleep(Math.max(0, due - (performance.now() - began)), undefined, { signal });
        this.#sampler.sample();
        due = periodMs * Math.max(due / periodMs + 1, Math.ceil((performance.now() - began) / periodMs));
      }
      await sleep(Math.max(0, ms - (performance.now() - began)), undefined, { signal });
    } finally {
      this.#sampledMs += performance.now() - began;
    }
    this.#sampler.refresh();
  }

  /** What was seen so far. */
  result(): TopResult {
    const seconds = this.#sampledMs / 1000;
    const { notes, ...counts } = this.#sampler.counts(seconds);
    return {
      schema: 'nops.top/1',
      way: 'beside',
      node: this.#node,
      seconds,
      rate: this.#rate,
      ...counts,
      notes: [...notes, ...notesOn(counts.threads)],
    };
  }

  /** Percentages of later results are of what comes from now on. */
  turn(): void {
    this.#sampler.turn();
  }

  close(): void {
    this.#sampler.close();
  }
}

/** A share of samples that could not be read which is worth telling. */
const manyUnknown = 0.05;

function notesOn(threads: TopResult['threads']): string[] {
  const sum = (state: keyof TopResult['threads'][number]['samples']) =>
    threads.reduce((total, { samples }) => total + samples[state], 0);
  const unknown = sum('unknown');
  const all = sum('running') + sum('blocked') + sum('idle') + unknown;
  const notes: string[] = [];
  if (sum('running') > 0) {
    notes.push('Running threads are not paused: the innermost function can be a moment old, its callers are right.');
  }
  if (unknown > all * manyUnknown) {
    notes.push(`${Math.round((100 * unknown) / all)} % of the samples could not be read and are counted nowhere.`);
  }
  return notes;
}
