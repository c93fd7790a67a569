/** Samples a process at a steady rate and makes results of it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { TopResult } from '@nops/core/protocol/top-results';
import { readNodeVersion } from '@nops/probe/beside/node-version';
import { TopSampler } from '@nops/probe/beside/top/sampler';
import { usualCacheFolder } from '@nops/probe/beside/v8/locate';

/** How often threads that came or went are taken note of. */
const refreshMs = 1000;

export class TopSession {
  readonly #sampler: TopSampler;
  readonly #rate: number;
  readonly #stop: boolean;
  readonly #node: string | null;
  #sampledMs = 0;
  #refreshedMs = performance.now();

  /** Samples per second: `rate`; `stop`: the process is stopped where a thread runs. Throws like `TopSampler.open`. */
  static async open(pid: number, { rate, stop }: { rate: number; stop: boolean }): Promise<TopSession> {
    const sampler = await TopSampler.open(pid, { cacheFolder: usualCacheFolder(), stop });
    return new TopSession(sampler, rate, stop, readNodeVersion(pid));
  }

  private constructor(sampler: TopSampler, rate: number, stop: boolean, node: string | null) {
    this.#sampler = sampler;
    this.#rate = rate;
    this.#stop = stop;
    this.#node = node;
  }

  /** Samples for `ms`; what can't be kept up with is left out. Throws `no-target` when the process ends, and rejects when aborted. */
  async sampleFor(ms: number, signal: AbortSignal): Promise<void> {
    const periodMs = 1000 / this.#rate;
    const began = performance.now();
    try {
      for (let due = 0; due < ms; ) {
        await sleep(Math.max(0, due - (performance.now() - began)), undefined, { signal });
        this.#sampler.sample();
        if (performance.now() - this.#refreshedMs > refreshMs) this.#refresh();
        due = periodMs * Math.max(due / periodMs + 1, Math.ceil((performance.now() - began) / periodMs));
      }
      await sleep(Math.max(0, ms - (performance.now() - began)), undefined, { signal });
    } finally {
      this.#sampledMs += performance.now() - began;
    }
  }

  #refresh(): void {
    this.#sampler.refresh();
    this.#refreshedMs = performance.now();
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
      notes: [...notes, ...notesOn(counts.threads, this.#stop)],
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

function notesOn(threads: TopResult['threads'], stop: boolean): string[] {
  const sum = (state: keyof TopResult['threads'][number]['samples']) =>
    threads.reduce((total, { samples }) => total + samples[state], 0);
  const unknown = sum('unknown');
  const all = sum('running') + sum('blocked') + sum('idle') + unknown;
  const notes: string[] = [];
  if (sum('running') > 0 && !stop) {
    notes.push(
      'Running threads are not paused: the innermost function can be an earlier one, its callers are right; --stop is exact.',
    );
  }
  if (unknown > all * manyUnknown) {
    notes.push(`${Math.round((100 * unknown) / all)} % of the samples could not be read and are counted nowhere.`);
  }
  return notes;
}
