/**
 * Sums up sampled windows, cut to a range of time: hits and nanoseconds by stack. A sample stands for the time until the next one, also
 * across windows that touch, so the sums are the range itself as far as it is covered.
 *
 *   window    |a----b-------c----|d------
 *   range             |------------|            b has [from, c), c has [c, d), d has [d, to)
 */

import type { SampleWindow } from './sample-window.js';
import { StackTree } from './stack-tree.js';

export interface Range {
  fromMicros: number;
  toMicros: number;
}

/** What a stack has: V8 tells lines by tick, in a window, so those of a window that is cut are shared out. */
export interface StackTotal {
  hits: number;
  micros: number;
  /** What of it was labelled, by number of labels. */
  labelled?: Map<number, { hits: number; micros: number }>;
  /** Ticks by 1-based line of the innermost function. */
  lines: Map<number, number>;
}

/** The number of the labels that were on at a time; 0: none. */
export type LabelAt = (micros: number) => number;

export class StackTotals {
  readonly tree = new StackTree();
  readonly stacks = new Map<number, StackTotal>();
  /** Samples in the range, those of waiting included, the profiler's own not. */
  samples = 0;
  /** The profiler's own samples, which are in no stack. */
  ownSamples = 0;
  idleMicros = 0;
  /** Of the range, how much windows cover. */
  coveredMicros = 0;
  /** Samples that should have been taken and were not. */
  missed = 0;
  readonly #range: Range;
  readonly #labelAt: LabelAt;
  #lastEnd = 0;
  /** A sample whose end is not known yet, and until when its window lasts. */
  #pending: { node: number; label: number; time: number; until: number; intervalMicros: number } | undefined;
  /** From when on no sample has accounted for the time: that before the first sample is the first one's. */
  #open: number | undefined;
  #known: { tree: StackTree; nodes: Map<number, number> } | undefined;

  constructor(range: Range, labelAt: LabelAt = () => 0) {
    this.#range = range;
    this.#labelAt = labelAt;
  }

  /** Windows come in their order. */
  add(window: SampleWindow): void {
    const { fromMicros, toMicros } = this.#range;
    const begin = Math.max(window.beginMicros, fromMicros);
    const end = Math.min(window.endMicros, toMicros);
    if (window.beginMicros > this.#lastEnd) this.#breakOff();
    if (this.#pending !== undefined) this.#pending.until = window.endMicros;
    this.#lastEnd = window.endMicros;
    if (end > begin) {
      this.coveredMicros += end - begin;
      if (this.#pending === undefined) this.#open ??= begin;
    }
    const hitsInRange = this.#addSamples(window);
    this.#addLines(window, hitsInRange);
  }

  /** Adds the sums of another thread, which are finished; labels are not taken over. */
  absorb(other: StackTotals): void {
    this.samples += other.samples;
    this.ownSamples += other.ownSamples;
    this.idleMicros += other.idleMicros;
    this.coveredMicros += other.coveredMicros;
    this.missed += other.missed;
    const known = new Map<number, number>();
    for (const [node, { hits, micros, lines }] of other.stacks) {
      const total = this.#total(this.tree.adopt(other.tree, node, known));
      total.hits += hits;
      total.micros += micros;
      for (const [line, ticks] of lines) total.lines.set(line, (total.lines.get(line) ?? 0) + ticks);
    }
  }

  /** To be called once, after the last window. */
  finish(): this {
    this.#breakOff();
    return this;
  }

  /** Where no window follows, the last sample ends with its own. */
  #breakOff(): void {
    if (this.#pending !== undefined) this.#close(this.#pending.until);
    this.#open = undefined;
  }

  #addSamples(window: SampleWindow): Map<number, number> {
    const hits = new Map<number, number>();
    for (let i = 0; i < window.nodes.length; i++) {
      const node = window.nodes[i] ?? 0;
      const time = window.beginMicros + (window.offsets[i] ?? 0);
      const isIn = time >= this.#range.fromMicros && time < this.#range.toMicros;
      if (window.tree.kind(node) === 'own') {
        if (isIn) this.ownSamples++;
        continue;
      }
      if (this.#pending !== undefined) this.#close(time);
      if (isIn) {
        this.samples++;
        hits.set(node, (hits.get(node) ?? 0) + 1);
      }
      const here = this.#adopt(window.tree, node);
      const label = this.#labelAt(time);
      this.#pending = {
        node: here,
        label,
        time: this.#open ?? time,
        until: window.endMicros,
        intervalMicros: window.intervalMicros,
      };
      this.#open = undefined;
      if (isIn) this.#count(here, label, 1, 0);
    }
    return hits;
  }

  /** V8's ticks count this window's samples by line; `hits` of them are in the range. */
  #addLines(window: SampleWindow, hits: Map<number, number>): void {
    const { ticks, tree } = window;
    const all = new Map<number, number>();
    for (let i = 0; i + 2 < ticks.length; i += 3) {
      const node = ticks[i] ?? 0;
      all.set(node, (all.get(node) ?? 0) + (ticks[i + 2] ?? 0));
    }
    for (let i = 0; i + 2 < ticks.length; i += 3) {
      const node = ticks[i] ?? 0;
      const share = hits.get(node);
      if (share === undefined) continue;
      const { lines } = this.#total(this.#adopt(tree, node));
      const line = ticks[i + 1] ?? 0;
      lines.set(line, (lines.get(line) ?? 0) + ((ticks[i + 2] ?? 0) * share) / (all.get(node) ?? 1));
    }
  }

  #close(time: number): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    const { fromMicros, toMicros } = this.#range;
    const micros = Math.min(time, pending.until, toMicros) - Math.max(pending.time, fromMicros);
    if (micros <= 0) return;
    this.missed += Math.max(0, Math.round(micros / pending.intervalMicros) - 1);
    this.#count(pending.node, pending.label, 0, micros);
    if (this.tree.kind(pending.node) === 'idle') this.idleMicros += micros;
  }

  #count(node: number, label: number, hits: number, micros: number): void {
    const total = this.#total(node);
    total.hits += hits;
    total.micros += micros;
    if (label === 0) return;
    total.labelled ??= new Map();
    const { hits: hitsBefore, micros: microsBefore } = total.labelled.get(label) ?? { hits: 0, micros: 0 };
    total.labelled.set(label, { hits: hitsBefore + hits, micros: microsBefore + micros });
  }

  #total(node: number): StackTotal {
    let total = this.stacks.get(node);
    if (total === undefined) {
      total = { hits: 0, micros: 0, lines: new Map() };
      this.stacks.set(node, total);
    }
    return total;
  }

  #adopt(tree: StackTree, node: number): number {
    if (this.#known?.tree !== tree) this.#known = { tree, nodes: new Map() };
    return this.tree.adopt(tree, node, this.#known.nodes);
  }
}

/** Those of `windows` that fall into `range`, in one sum. */
export function sumWindows(windows: Iterable<SampleWindow>, range: Range): StackTotals {
  const totals = new StackTotals(range);
  for (const window of windows) totals.add(window);
  return totals.finish();
}
