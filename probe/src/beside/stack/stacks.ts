/** The JavaScript stacks of a process's threads, looked at as often as one likes. */

import { NopsError } from '@nops/core/protocol/errors';
import type { StackFrame } from '@nops/core/protocol/results';
import { type FindIsolates, openV8, type V8Process } from '../v8/process.js';
import type { Place } from '../v8/scripts.js';
import { FrameDescriber } from './describe-frame.js';
import type { RawFrame } from './frames.js';
import { isMisread } from './misread.js';
import { attempt, type Capture, capture, decode, type Sample, sampleThread } from './sample.js';
import { BriefClock, type Clock, ThreadClock } from './thread-clock.js';

export interface ThreadStack {
  accuracy: Sample['accuracy'];
  /** Innermost first. */
  frames: StackFrame[];
  /** Why there are no frames. */
  problem?: string;
}

export interface StacksOptions {
  /** Where facts about executables are kept between runs; undefined: nowhere. */
  cacheFolder?: string | undefined;
  /** C++ frames too. */
  native?: boolean | undefined;
  /** How threads are found; by default all that run JavaScript. */
  find?: FindIsolates | undefined;
  /** Keep no file open for each thread: whoever looks at its own process shares the descriptors of the app. */
  fewFiles?: boolean | undefined;
}

/** Objects move and code comes and goes: what was learned of them is trusted for so many looks. */
const looksBeforeForgetting = 10_000;
const remapEveryMs = 100;

export class Stacks {
  readonly v8: V8Process;
  readonly #describer: FrameDescriber;
  readonly #clocks = new Map<number, Clock>();
  readonly #last = new Map<number, { sample: Sample; told?: ThreadStack }>();
  readonly #native: boolean;
  readonly #fewFiles: boolean;
  #looks = 0;
  #remappedAt = Number.NEGATIVE_INFINITY;

  /** Throws `no-target`, `no-permission`, and `impossible` with the check that failed when its V8 is none that is known. */
  constructor(pid: number, options: StacksOptions = {}) {
    this.v8 = openV8(pid, options.cacheFolder, options.find);
    this.#native = options.native === true;
    this.#fewFiles = options.fewFiles === true;
    this.#describer = new FrameDescriber(this.v8);
  }

  /** The threads that run JavaScript: those with an isolate. */
  get tids(): number[] {
    return [...this.v8.isolates.keys()];
  }

  /** One look at one thread, without pausing it. The same object again when the thread did not run since. Throws `no-target`. */
  look(tid: number): ThreadStack {
    const before = this.#last.get(tid);
    const sample = this.sample(tid);
    if (sample === undefined) return { accuracy: 'none', frames: [], problem: 'it runs no JavaScript, or has ended' };
    if (before?.told !== undefined && sample === before.sample) return before.told;
    const told = this.describe(sample);
    this.#last.set(tid, { sample, told });
    return told;
  }

  /** The same without names and places, for who looks often; undefined: it runs no JavaScript, or has ended. Throws `no-target`. */
  sample(tid: number): Sample | undefined {
    this.#looks++;
    if (this.#looks % looksBeforeForgetting === 0) this.#forget();
    const isolate = this.v8.isolates.get(tid);
    if (isolate === undefined) return undefined;
    const last = this.#last.get(tid);
    const options = { last: last?.sample, native: this.#native };
    const sample = this.#ifItLives(tid, () =>
      this.#withNewCode(() => sampleThread(this.v8, this.#clock(tid), isolate, options)),
    );
    if (sample !== undefined && sample !== last?.sample) this.#last.set(tid, { sample });
    return sample;
  }

  describeFrame(frame: RawFrame): StackFrame {
    return this.#describer.describe(frame);
  }

  /** Where the function of a frame begins; undefined where that is not known. */
  startOf(frame: RawFrame): Place | undefined {
    return this.#describer.startOf(frame);
  }

  /** The state of a thread that was stopped, quickly; `tell` makes sense of it. undefined: it runs after all. Throws `no-target`. */
  capture(tid: number): Capture | undefined {
    const isolate = this.v8.isolates.get(tid);
    const reading = this.#ifItLives(tid, () => this.#clock(tid).read());
    if (isolate === undefined || reading === undefined || reading.isRunning) return undefined;
    try {
      return capture(this.v8, isolate, reading);
    } catch (error) {
      if (isMisread(error)) return undefined;
      throw error;
    }
  }

  tell(captured: Capture): ThreadStack {
    return this.describe(this.decode(captured));
  }

  /** The same without names and places. */
  decode(captured: Capture): Sample {
    return this.#withNewCode(() => attempt(() => decode(this.v8, captured, this.#native)));
  }

  describe(sample: Sample): ThreadStack {
    return {
      accuracy: sample.accuracy,
      frames: sample.frames.map(frame => this.#describer.describe(frame)),
      ...(sample.problem === undefined ? {} : { problem: sample.problem }),
    };
  }

  /** Takes note of threads and code that came since. */
  refresh(): void {
    this.v8.refresh();
    this.#forget();
  }

  /** Forgets what was learned of objects, and threads that have ended: what comes later may lie at the same addresses. */
  forget(ended: Iterable<number>): void {
    for (const tid of ended) {
      this.#clocks.get(tid)?.close();
      this.#clocks.delete(tid);
    }
    this.#forget();
  }

  close(): void {
    for (const clock of this.#clocks.values()) clock.close();
    this.#clocks.clear();
    this.v8.close();
  }

  /** What makes no sense may be in code that came since the mappings were read: then they are read anew, but not with every look. */
  #withNewCode(look: () => Sample): Sample {
    const sample = look();
    const now = performance.now();
    if (sample.problem === undefined || now - this.#remappedAt < remapEveryMs) return sample;
    this.#remappedAt = now;
    this.v8.remap();
    return look();
  }

  /** Threads end at any moment; undefined when this one has. Throws when it is the process that has. */
  #ifItLives<T>(tid: number, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const isThread = error instanceof NopsError && error.code === 'impossible' && tid !== this.v8.pid;
      if (!isThread) throw error;
      return undefined;
    }
  }

  #clock(tid: number): Clock {
    const known = this.#clocks.get(tid);
    if (known !== undefined) return known;
    const clock = this.#fewFiles ? new BriefClock(this.v8.pid, tid) : new ThreadClock(this.v8.pid, tid);
    this.#clocks.set(tid, clock);
    return clock;
  }

  #forget(): void {
    this.v8.forget();
    this.#describer.forget();
    this.#last.clear();
  }
}
