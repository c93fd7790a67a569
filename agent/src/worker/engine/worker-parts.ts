/**
 * What the worker threads of one recording have given. Workers may come and go all the time: those that lived for a moment only, and of many the
 * least, share one part, so that a recording stays small. None of their time is lost.
 */

import type { SampleWindow } from '@nops/core/profile/sampling/sample-window';
import type { Range } from '@nops/core/profile/sampling/stack-totals';
import type { WorkerThread } from '@nops/probe/beside/v8/worker-threads';
import { ThreadPart } from './thread-part.js';
import { workerLabel } from './threads.js';

/** Threads that ended after less have no part of their own. */
const briefMicros = 1e6;
/** Parts of threads that have ended. */
const maxEnded = 64;
const othersLabel = 'other workers';

export class WorkerParts {
  readonly #range: Range;
  /** Those that are wanted; undefined: all. */
  readonly #chosen: ReadonlySet<WorkerThread> | undefined;
  readonly #running = new Map<WorkerThread, ThreadPart>();
  #ended: ThreadPart[] = [];
  #others: ThreadPart | undefined;
  #othersCount = 0;

  constructor(range: Range, chosen: ReadonlySet<WorkerThread> | undefined) {
    this.#range = range;
    this.#chosen = chosen;
  }

  add(thread: WorkerThread, window: SampleWindow): void {
    if (this.#chosen?.has(thread) === false) return;
    const part = this.#running.get(thread) ?? new ThreadPart(workerLabel(thread), this.#range);
    this.#running.set(thread, part);
    part.intervalMicros = window.intervalMicros;
    part.add(window);
  }

  end(thread: WorkerThread): void {
    const part = this.#running.get(thread);
    if (part === undefined) return;
    this.#running.delete(thread);
    part.brokenBy = 'the worker thread has ended';
    if (part.windowMicros < briefMicros && this.#chosen === undefined) {
      this.#fold(part);
      return;
    }
    this.#ended.push(part);
    if (this.#ended.length <= maxEnded) return;
    const least = this.#ended.reduce((a, b) => (b.windowMicros < a.windowMicros ? b : a));
    this.#ended = this.#ended.filter(other => other !== least);
    this.#fold(least);
  }

  /** In the order in which the threads were started. */
  all(): ThreadPart[] {
    const own = [...this.#ended, ...this.#running.values()];
    return this.#others === undefined ? own : [...own, this.#others];
  }

  get notes(): string[] {
    if (this.#othersCount === 0) return [];
    const seconds = briefMicros / 1e6;
    return [
      `${othersLabel}: ${this.#othersCount} worker threads that ended, most of them within ${seconds} s; their times are sums`,
    ];
  }

  #fold(part: ThreadPart): void {
    this.#others ??= new ThreadPart(othersLabel, this.#range, 'sum');
    this.#others.intervalMicros = part.intervalMicros;
    this.#others.absorb(part);
    this.#othersCount++;
  }
}
