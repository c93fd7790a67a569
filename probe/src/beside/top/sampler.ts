/**
 * Looks at the stacks of a process again and again, and counts what it sees: `nops top`. Never pauses the process, unless it was asked to
 * stop it for a moment whenever a thread runs.
 */

import { readSamples, SampleCounts } from '@nops/core/profile/sample-counts';
import { NopsError } from '@nops/core/protocol/errors';
import type { TopFunction, TopResult, TopStates, TopThread } from '@nops/core/protocol/top-results';
import { amidReadingNow, explainAmidReading } from '../amid-reading.js';
import { listNumbers, readStat } from '../procfs.js';
import type { Sample } from '../stack/sample.js';
import { Stacks, type StacksOptions } from '../stack/stacks.js';
import { openStopper, type Stopper } from '../stop/with-stopped.js';
import { readThreads } from '../threads.js';
import { FunctionTable } from './function-table.js';

/** Threads that are sampled; more are not looked at, and a note says so. */
const maxThreads = 64;
const maxFunctionsTold = 500;
/** Of a busy server's main thread half of the looks meet it in mid-change at worst (Node 20): five leave some 3 %. */
const maxLooks = 5;
/** A share of samples that could not be read which means that code has come which is not known yet. */
const manyUnread = 0.05;

/** What a sampler has counted; the rest of the result is its caller's to know. */
export type TopCounts = Pick<
  TopResult,
  'pid' | 'v8' | 'samples' | 'sampleMicros' | 'pausedMicros' | 'threads' | 'notes'
>;

export interface TopOptions extends StacksOptions {
  /** Stop the process for a moment where a thread runs, so that its innermost functions are exact too. */
  stop?: boolean;
}

export class TopSampler {
  readonly #pid: number;
  readonly #stacks: Stacks;
  readonly #functions: FunctionTable;
  readonly #counts = new Map<number, SampleCounts>();
  #tasks: string;
  #left = 0;
  #rounds = 0;
  #looks = 0;
  #looksAtRefresh = 0;
  #unreadSince = 0;
  #micros = 0;
  #pausedMicros = 0;
  readonly #stopNotes = new Set<string>();
  readonly #stopper: Stopper | undefined;

  /** Throws like `Stacks`, and with `stop` like `openStopper`. */
  static async open(pid: number, options: TopOptions): Promise<TopSampler> {
    const stacks = amidReadingNow(pid, () => new Stacks(pid, options));
    let stopper: Stopper | undefined;
    try {
      // Last: its watchdog is a process, which would hold ours open.
      stopper = options.stop === true ? await openStopper(pid) : undefined;
      return new TopSampler(pid, stacks, stopper);
    } catch (error) {
      stopper?.close();
      stacks.close();
      throw explainAmidReading(pid, error);
    }
  }

  private constructor(pid: number, stacks: Stacks, stopper: Stopper | undefined) {
    this.#pid = pid;
    this.#stopper = stopper;
    this.#stacks = stacks;
    this.#functions = new FunctionTable(this.#stacks, pid);
    this.#tasks = tasksOf(pid);
    this.#takeThreads();
  }

  /** One sample of each thread. Throws `no-target` when the process has ended. */
  sample(): void {
    amidReadingNow(this.#pid, () => this.#sample());
  }

  #sample(): void {
    const began = process.hrtime.bigint();
    for (const [tid, counts] of this.#counts) {
      const sample = this.#look(tid);
      if (sample === undefined) continue;
      this.#looks++;
      const state = stateOf(sample);
      if (state === 'unknown') this.#unreadSince++;
      counts.add(
        state,
        sample.frames.filter(isFunction).map(frame => this.#functions.idOf(frame)),
      );
    }
    this.#rounds++;
    this.#micros += Number(process.hrtime.bigint() - began) / 1000;
  }

  /**
   * Takes note of threads that came or went, and of code that came when many samples could not be read; to be called about once a second.
   * Throws `no-target`.
   */
  refresh(): void {
    const tasks = tasksOf(this.#pid);
    const isLost = this.#unreadSince > manyUnread * (this.#looks - this.#looksAtRefresh);
    this.#unreadSince = 0;
    this.#looksAtRefresh = this.#looks;
    if (tasks === this.#tasks && !isLost) return;
    this.#tasks = tasks;
    amidReadingNow(this.#pid, () => this.#stacks.refresh());
    this.#takeThreads();
  }

  /** What was counted; percentages are of the samples since the last `turn`. `seconds`: for how long it was sampled. Throws `no-target`. */
  counts(seconds: number): TopCounts {
    const threads = readThreads(this.#pid).flatMap(({ tid, name, role, state, syscall }): TopThread[] => {
      const counts = this.#counts.get(tid);
      if (counts === undefined) return [];
      return [
        {
          tid,
          name,
          role: role === 'main' ? 'main' : 'worker',
          state,
          ...(syscall === undefined ? {} : { syscall }),
          samples: { ...counts.all },
          seen: { ...counts.recent },
          functions: this.#rank(counts, seconds),
        },
      ];
    });
    return {
      pid: this.#pid,
      v8: this.#stacks.v8.located.binary.version.join('.'),
      samples: this.#rounds,
      sampleMicros: this.#looks === 0 ? null : this.#micros / this.#looks,
      pausedMicros: this.#pausedMicros,
      threads,
      notes: [
        ...(this.#left === 0 ? [] : [`${this.#left} more threads run JavaScript; ${maxThreads} are sampled.`]),
        ...this.#stopNotes,
      ],
    };
  }

  /** Begins a new window for the percentages. */
  turn(): void {
    for (const counts of this.#counts.values()) counts.turn();
  }

  close(): void {
    this.#stopper?.close();
    this.#stacks.close();
  }

  #rank(counts: SampleCounts, seconds: number): TopFunction[] {
    const all = readSamples(counts.all) || 1;
    const recent = readSamples(counts.recent) || 1;
    return counts
      .functions()
      .sort((a, b) => b.own - a.own || b.total - a.total)
      .slice(0, maxFunctionsTold)
      .map(({ id, own, total, recentOwn, recentTotal }) => ({
        ...this.#functions.nameOf(id),
        own,
        total,
        ownSeconds: (own / all) * seconds,
        totalSeconds: (total / all) * seconds,
        ownPercent: (100 * recentOwn) / recent,
        totalPercent: (100 * recentTotal) / recent,
      }));
  }

  /** undefined: the thread has ended, or runs no JavaScript any more. */
  #look(tid: number): Sample | undefined {
    try {
      const sample = this.#stopper === undefined ? this.#lookAgain(tid) : this.#stacks.sample(tid);
      const isSure = sample === undefined || (sample.accuracy === 'exact' && sample.stamp !== '');
      return this.#stopper === undefined || isSure ? sample : (this.#lookStopped(tid, this.#stopper) ?? sample);
    } catch (error) {
      if (!(error instanceof NopsError)) throw error;
      const { state } = readStat(this.#pid); // throws when it is the process that has ended
      if (state === 'Z' || state === 'X') throw new NopsError('no-target', `process ${this.#pid} has ended`);
      this.#counts.delete(tid);
      return undefined;
    }
  }

  /** What changes often is often caught while it changes: left out, it would be missing from the percentages. */
  #lookAgain(tid: number): Sample | undefined {
    let sample = this.#stacks.sample(tid);
    for (let look = 1; sample?.accuracy === 'none' && look < maxLooks; look++) sample = this.#stacks.sample(tid);
    return sample;
  }

  /** undefined: it was not in a state that could be read. */
  #lookStopped(tid: number, stopper: Stopper): Sample | undefined {
    const { value, stoppedMicros, notes } = stopper.stopped([tid], () => this.#stacks.capture(tid));
    this.#pausedMicros += stoppedMicros;
    for (const note of notes) this.#stopNotes.add(note);
    const sample = value === undefined ? undefined : this.#stacks.decode(value);
    return sample?.accuracy === 'exact' ? sample : undefined;
  }

  #takeThreads(): void {
    const tids = this.#stacks.tids;
    const taken = new Set(tids.slice(0, maxThreads));
    this.#left = tids.length - taken.size;
    for (const tid of this.#counts.keys()) if (!taken.has(tid)) this.#counts.delete(tid);
    for (const tid of taken) if (!this.#counts.has(tid)) this.#counts.set(tid, new SampleCounts());
  }
}

function tasksOf(pid: number): string {
  return listNumbers(pid, 'task').join();
}

function stateOf({ accuracy, frames, stamp }: Sample): keyof TopStates {
  if (accuracy === 'none') return 'unknown';
  if (frames.length === 0) return 'idle';
  return stamp === '' ? 'running' : 'blocked';
}

/** Frames of V8's own that stand for no function, such as its way into a call, are none. */
function isFunction({ kind, shared, builtin }: Sample['frames'][number]): boolean {
  return kind === 'wasm' || shared !== undefined || builtin !== undefined;
}
