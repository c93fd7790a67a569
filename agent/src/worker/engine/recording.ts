/**
 * One profile as it is taken: what each thread has sampled since it began. Its end is a cut by the samples' times, so it needs no window
 * of its own, and what is there can be had at any moment.
 */

import type { SeenBeside } from '@nops/core/profile/sampling/loop-blame';
import type { Range } from '@nops/core/profile/sampling/stack-totals';
import type { WorkerThread } from '@nops/probe/beside/v8/worker-threads';
import type { Labels, LabelView } from './labels.js';
import { ThreadPart } from './thread-part.js';
import type { Subscription, ThreadSampler } from './thread-sampler.js';
import { mainLabel } from './threads.js';
import { monotonicMicros } from './window-store.js';
import { WorkerParts } from './worker-parts.js';
import type { WorkerSampler, WorkerSubscription } from './worker-sampler.js';

/** What a recording has when it is over. */
export interface Recorded {
  range: Range;
  /** When the range began, milliseconds since 1970. */
  startedAtMs: number;
  askedIntervalMicros: number;
  parts: ThreadPart[];
  notes: string[];
  /** What was seen of the main thread's stack meanwhile; `none`: it could not be seen. Absent: nobody looked, as at the past. */
  beside?: SeenBeside | 'none';
  /** Of the main thread, when they were wanted. */
  labels?: LabelView | undefined;
}

export class Recording {
  readonly #range: Range = { fromMicros: monotonicMicros(), toMicros: Number.POSITIVE_INFINITY };
  #startedAtMs = Date.now();
  readonly #askedIntervalMicros: number;
  #main: { part: ThreadPart; subscription: Subscription } | undefined;
  #workers: { parts: WorkerParts; subscription: WorkerSubscription } | undefined;
  readonly #notes: string[] = [];
  #isOver = false;
  #labels: Labels | undefined;

  readonly #onOver: () => void;

  constructor(askedIntervalMicros: number, onOver: () => void) {
    this.#askedIntervalMicros = askedIntervalMicros;
    this.#onOver = onOver;
  }

  /** To be called before the main thread is followed. Without labels a profile is still one. */
  async label(labels: Labels): Promise<void> {
    try {
      await labels.acquire();
      if (this.#isOver) labels.release();
      else this.#labels = labels;
    } catch (error) {
      this.note(`not labelled: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Has what the main thread samples from now on. Throws when it does not begin. */
  async followMain(sampler: ThreadSampler): Promise<void> {
    const part = new ThreadPart(mainLabel, this.#range);
    part.labelAt = this.#labels?.at;
    const subscription = await sampler.subscribe(this.#askedIntervalMicros, {
      onWindow: (window, pause) => part.add(window, pause),
      onBroken: why => {
        part.brokenBy = why.message;
      },
    });
    if (this.#isOver) {
      subscription.leave();
      return;
    }
    part.intervalMicros = subscription.intervalMicros;
    part.coldStartMs = subscription.coldStartMs;
    this.#main = { part, subscription };
  }

  /** Has what the workers do from now on: of those that are `chosen`, or of all, also those that start later. To be called after `begin`. */
  followWorkers(sampler: WorkerSampler, chosen: ReadonlySet<WorkerThread> | undefined): void {
    const parts = new WorkerParts(this.#range, chosen);
    const subscription = sampler.subscribe(this.#askedIntervalMicros, {
      onWindow: (thread, window) => parts.add(thread, window),
      onEnded: thread => parts.end(thread),
    });
    this.#workers = { parts, subscription };
  }

  note(text: string): void {
    if (!this.#notes.includes(text)) this.#notes.push(text);
  }

  /** The range begins now: the threads have been started. */
  begin(): void {
    this.#range.fromMicros = monotonicMicros();
    this.#startedAtMs = Date.now();
  }

  /** Ends it now, with what there is; threads that don't answer within `patienceMs` miss their last part. */
  async finish(patienceMs: number): Promise<Recorded> {
    this.#range.toMicros = monotonicMicros();
    const to = this.#range.toMicros;
    this.#workers?.subscription.flush();
    await this.#main?.subscription.reached(to, patienceMs);
    const labels = await this.#labels?.look();
    if (this.#main?.part.labelAt !== undefined) this.#main.part.labelAt = labels?.at;
    this.cancel();
    for (const note of [...(this.#workers?.subscription.notes ?? []), ...(this.#workers?.parts.notes ?? [])]) {
      this.note(note);
    }
    return {
      range: this.#range,
      startedAtMs: this.#startedAtMs,
      askedIntervalMicros: this.#askedIntervalMicros,
      parts: [...(this.#main === undefined ? [] : [this.#main.part]), ...(this.#workers?.parts.all() ?? [])],
      notes: this.#notes,
      labels,
    };
  }

  /** Leaves all threads. Idempotent. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#main?.subscription.leave();
    this.#workers?.subscription.leave();
    this.#labels?.release();
    this.#onOver();
  }
}
