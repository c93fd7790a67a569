/** The latest sampled windows of a thread: the profile of what has passed already. Bounded in time and in memory. */

import { type SampleWindow, windowBytes } from '@nops/core/profile/sampling/sample-window';
import { StackTree } from '@nops/core/profile/sampling/stack-tree';

export interface History {
  /** For how long windows are kept, and how much memory they may take; either 0: none are. */
  seconds: number;
  bytes: number;
}

/** Stacks that nobody refers to any more go with their tree, so a tree may take this share of the memory before the next one begins. */
const treeShare = 4;
/** Without a history stacks are still shared within a recording. */
const treeBytesWithoutHistory = 256 * 1024;

export class WindowStore {
  readonly history: History;
  #windows: SampleWindow[] = [];
  #tree = new StackTree();
  #aging: NodeJS.Timeout | undefined;

  constructor(history: History) {
    this.history = history;
  }

  /** Where the next window's stacks go. */
  get tree(): StackTree {
    const most = this.history.bytes === 0 ? treeBytesWithoutHistory : this.history.bytes / treeShare;
    if (this.#tree.bytes > most) this.#tree = new StackTree();
    return this.#tree;
  }

  get bytes(): number {
    const trees = new Set(this.#windows.map(window => window.tree));
    let bytes = 0;
    for (const tree of trees) bytes += tree.bytes;
    for (const window of this.#windows) bytes += windowBytes(window);
    return bytes;
  }

  push(window: SampleWindow): void {
    if (this.history.seconds === 0 || this.history.bytes === 0) return;
    this.#windows.push(window);
    this.#prune(window.endMicros);
    while (this.#windows.length > 0 && this.bytes > this.history.bytes) this.#windows.shift();
    this.#age();
  }

  /** The windows that have a part of the range, oldest first. */
  range(fromMicros: number, toMicros: number): SampleWindow[] {
    return this.#windows.filter(window => window.endMicros > fromMicros && window.beginMicros < toMicros);
  }

  get oldestMicros(): number | undefined {
    return this.#windows[0]?.beginMicros;
  }

  /** How far back it goes. */
  get heldSeconds(): number {
    const oldest = this.oldestMicros;
    return oldest === undefined ? 0 : Math.round((monotonicMicros() - oldest) / 1e5) / 10;
  }

  #prune(nowMicros: number): void {
    const until = nowMicros - this.history.seconds * 1e6;
    const kept = this.#windows.findIndex(window => window.endMicros > until);
    this.#windows.splice(0, kept < 0 ? this.#windows.length : kept);
    if (this.#windows.length === 0) this.#tree = new StackTree();
  }

  /** When nothing is sampled any more, what is held must go all the same. */
  #age(): void {
    clearTimeout(this.#aging);
    if (this.#windows.length === 0) return;
    this.#aging = setTimeout(() => {
      this.#prune(monotonicMicros());
      this.#age();
    }, this.history.seconds * 1000).unref();
  }
}

/** V8's clock for samples is the same as Node's (CLOCK_MONOTONIC on Linux). */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
