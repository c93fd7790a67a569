/**
 * One profile as it is taken: what each thread has sampled since it began. Its end is a cut by the samples' times, so it needs no window
 * of its own, and what is there can be had at any moment.
 */

import type { SeenBeside } from '@nops/core/profile/sampling/loop-blame';
import type { SampleWindow } from '@nops/core/profile/sampling/sample-window';
import { type LabelAt, type Range, StackTotals } from '@nops/core/profile/sampling/stack-totals';
import type { TurnPause } from '@nops/probe/through/cpu-windows';
import type { Labels, LabelView } from './labels.js';
import type { Subscription } from './thread-sampler.js';
import { type ProfiledThread, threadLabel } from './threads.js';
import { monotonicMicros } from './window-store.js';

/** Past these, the oldest windows are summed up, so that a recording of hours stays small; only their times are lost. */
const maxWindows = 600;

/** What one thread has given. */
export class ThreadPart {
  readonly label: string;
  readonly id: number;
  readonly range: Range;
  intervalMicros = 0;
  coldStartMs: number | undefined;
  turns = 0;
  maxPauseMs = 0;
  /** Why it ended before the recording. */
  brokenBy: string | undefined;
  windows: SampleWindow[] = [];
  /** For the thread whose labels are known. */
  labelAt: LabelAt | undefined;
  #folded: StackTotals | undefined;

  constructor(thread: Pick<ProfiledThread, 'id' | 'name'>, range: Range) {
    this.id = thread.id;
    this.label = threadLabel(thread);
    this.range = range;
  }

  /** Whether `windows` has all of it, so that the time of each sample is known. */
  get hasTimes(): boolean {
    return this.#folded === undefined;
  }

  add(window: SampleWindow, pause?: TurnPause): void {
    if (pause !== undefined) {
      this.turns++;
      this.maxPauseMs = Math.max(this.maxPauseMs, pause.openMs + pause.closeMs);
    }
    this.windows.push(window);
    if (this.windows.length < maxWindows) return;
    this.#folded ??= new StackTotals(this.range, this.labelAt);
    for (const folded of this.windows.splice(0, maxWindows / 2)) this.#folded.add(folded);
  }

  /** To be called once. */
  totals(): StackTotals {
    const totals = this.#folded ?? new StackTotals(this.range, this.labelAt);
    for (const window of this.windows) totals.add(window);
    return totals.finish();
  }
}

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
  readonly #parts: { part: ThreadPart; subscription: Subscription }[] = [];
  readonly #notes: string[] = [];
  #unwatch = () => {};
  #isOver = false;
  #labels: Labels | undefined;

  readonly #onOver: () => void;

  constructor(askedIntervalMicros: number, onOver: () => void) {
    this.#askedIntervalMicros = askedIntervalMicros;
    this.#onOver = onOver;
  }

  get threads(): number {
    return this.#parts.length;
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

  /** Has what the thread samples from now on. Throws when it does not begin. */
  async follow(thread: ProfiledThread): Promise<void> {
    const part = new ThreadPart(thread, this.#range);
    if (thread.id === 0) part.labelAt = this.#labels?.at;
    const subscription = await thread.sampler.subscribe(this.#askedIntervalMicros, {
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
    this.#parts.push({ part, subscription });
  }

  /** `unwatch` is called at the end. */
  watched(unwatch: () => void): void {
    if (this.#isOver) unwatch();
    else this.#unwatch = unwatch;
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
    await Promise.all(this.#parts.map(({ subscription }) => subscription.reached(to, patienceMs)));
    const labels = await this.#labels?.look();
    for (const { part } of this.#parts) if (part.labelAt !== undefined) part.labelAt = labels?.at;
    this.cancel();
    return {
      range: this.#range,
      startedAtMs: this.#startedAtMs,
      askedIntervalMicros: this.#askedIntervalMicros,
      parts: this.#parts.map(({ part }) => part),
      notes: this.#notes,
      labels,
    };
  }

  /** Leaves all threads. Idempotent. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const { subscription } of this.#parts) subscription.leave();
    this.#unwatch();
    this.#labels?.release();
    this.#onOver();
  }
}
