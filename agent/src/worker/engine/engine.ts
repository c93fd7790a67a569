/**
 * The profile engine: every CPU profile of this process is cut from what it samples. By default it samples nothing until somebody asks;
 * a recording that is under way is shared by all.
 */

import { BusyError, NopsError } from '@nops/core/protocol/errors';
import type { InfoProfiling } from '@nops/core/protocol/info-parts';
import type { MainThread } from '../main-thread/main-thread.js';
import type { Labels } from './labels.js';
import { type Recorded, Recording, ThreadPart } from './recording.js';
import { maxWorkers, type ProfiledThread, Threads, threadLabel } from './threads.js';
import { type Beside, WarmProfiling } from './warm.js';
import { type History, monotonicMicros } from './window-store.js';

/** `main`, `all`, or a worker's number or name. */
export type ThreadChoice = string;

export interface Asked {
  intervalMicros: number;
  thread: ThreadChoice;
  /** Without labels, which cost the app something. */
  unlabelled?: true;
}

/** Recordings at once; each holds little, but their answers are made at the same moment. */
const maxRecordings = 64;
/** How long the last samples of the past are waited for. */
const flushMs = 500;

export class ProfileEngine {
  readonly threads: Threads;
  readonly #named = new Map<string, AbortController>();
  readonly #labels: Labels | undefined;
  readonly #mainThread: MainThread;
  #underWay = 0;
  #warm: WarmProfiling | undefined;

  constructor(mainThread: MainThread, history: History, labels: Labels | undefined) {
    this.#labels = labels;
    this.#mainThread = mainThread;
    this.threads = new Threads(mainThread, history);
  }

  /** Samples the main thread from now on, within the budget. */
  keepWarm(budgetPercent: number): void {
    this.#warm = new WarmProfiling(this.threads.main.sampler, { percent: budgetPercent }, this.#notedBeside());
    this.#warm.start();
  }

  /** Labels and stalls of the past: while the governor has the samples off, nothing of them runs either. */
  #notedBeside(): Beside {
    const callMs = 2000;
    let labelled = Promise.resolve(false);
    const keepStalls = (isKept: boolean) => void this.#mainThread.call('stallsKeep', isKept, callMs).catch(() => {});
    return {
      begin: () => {
        keepStalls(true);
        const labels = this.#labels;
        if (labels === undefined) return;
        labelled = labels.acquire().then(
          () => true,
          () => false,
        );
      },
      end: () => {
        keepStalls(false);
        void labelled.then(isLabelled => isLabelled && this.#labels?.release(true));
        labelled = Promise.resolve(false);
      },
    };
  }

  /** Whether there is a past to answer from. */
  get hasPast(): boolean {
    return this.#warm !== undefined && this.threads.main.sampler.store.oldestMicros !== undefined;
  }

  describe(): InfoProfiling {
    if (this.#warm !== undefined) return this.#warm.describe();
    const { sampler } = this.threads.main;
    const { heldSeconds, bytes } = sampler.store;
    const unmeasured = { hz: null, cpuPercent: null, budgetPercent: null, sampleMicros: null };
    return { mode: 'on-demand', isOn: sampler.isSampling, ...unmeasured, heldSeconds, heldBytes: bytes, events: [] };
  }

  /**
   * Begins a recording, which somebody must finish or cancel. Throws `busy` beyond the bound, `no-answer` when the thread does not come to
   * begin, `usage` for a thread that is not there.
   */
  async record({ intervalMicros, thread, unlabelled }: Asked): Promise<Recording> {
    if (this.#underWay >= maxRecordings) {
      throw new BusyError(`${maxRecordings} CPU profiles are being taken already`, 1);
    }
    this.#underWay++;
    const recording = new Recording(intervalMicros, () => this.#underWay--);
    try {
      if (thread === 'all' || thread === 'main') {
        if (this.#labels !== undefined && unlabelled !== true) await recording.label(this.#labels);
        await recording.follow(this.threads.main);
      }
      if (thread !== 'main') await this.#followWorkers(recording, thread);
      recording.begin();
      return recording;
    } catch (error) {
      recording.cancel();
      throw error;
    }
  }

  /** Has `stop(id)` end what `controller` controls, until what it returns is called. */
  name(id: string | undefined, controller: AbortController): () => void {
    if (id === undefined) return () => {};
    if (this.#named.has(id)) throw new NopsError('usage', `a profile ${JSON.stringify(id)} is being taken already`);
    this.#named.set(id, controller);
    return () => void this.#named.delete(id);
  }

  /** Ends a recording early; false when there is none of this name. */
  stop(id: string): boolean {
    const named = this.#named.get(id);
    named?.abort();
    return named !== undefined;
  }

  /** The main thread's samples between two moments that have passed. Throws when nothing of it is held. */
  async past(fromMicros: number, toMicros: number): Promise<Recorded> {
    const { sampler } = this.threads.main;
    if (sampler.isSampling) await flush(sampler, toMicros);
    const range = { fromMicros, toMicros };
    const windows = sampler.store.range(fromMicros, toMicros);
    const [first] = windows;
    if (first === undefined) throw this.#nothingHeld(fromMicros);
    const part = new ThreadPart(this.threads.main, range);
    part.intervalMicros = first.intervalMicros;
    const labels = await this.#labels?.look();
    part.labelAt = labels?.at;
    for (const window of windows) part.add(window);
    return {
      range,
      startedAtMs: Date.now() - (monotonicMicros() - fromMicros) / 1000,
      askedIntervalMicros: first.intervalMicros,
      parts: [part],
      notes: this.#warmNotes(),
      labels,
    };
  }

  /** Why some of the past may be missing. */
  #warmNotes(): string[] {
    const last = this.#warm?.describe().events.at(-1);
    return last === undefined ? [] : [`profiling all the time is ${last.what} (${last.at})`];
  }

  /** Errors of pprof's endpoints are one text, so the next step is in it. */
  #nothingHeld(fromMicros: number): NopsError {
    const { oldestMicros, history } = this.threads.main.sampler.store;
    const ago = (micros: number) => `${((monotonicMicros() - micros) / 1e6).toFixed(1)} s ago`;
    const [warm] = this.#warmNotes();
    if (history.seconds === 0 || history.bytes === 0)
      return new NopsError('impossible', 'the agent keeps no history: its option history (NOPS_HISTORY) is 0');
    if (oldestMicros !== undefined) {
      const held = `the oldest sample is from ${ago(oldestMicros)}`;
      return new NopsError('impossible', `nothing is held from ${ago(fromMicros)} on: ${held}; ask for a later time`);
    }
    if (warm !== undefined) return new NopsError('impossible', `nothing is held: ${warm}`);
    return new NopsError(
      'impossible',
      'nothing was sampled: the agent does not profile all the time; start the process with NOPS_PROFILE=warm to have its past, or profile it now',
    );
  }

  /** Workers come and go: what can't be followed is noted, but for one that was asked for. */
  async #followWorkers(recording: Recording, choice: ThreadChoice): Promise<void> {
    const begun: Promise<void>[] = [];
    const seen: string[] = [];
    const follow = (thread: ProfiledThread): void => {
      seen.push(threadLabel(thread));
      if (choice !== 'all' && !isChosen(thread, choice)) return;
      if (recording.threads + begun.length > maxWorkers) {
        recording.note(`only ${maxWorkers} worker threads are profiled at once`);
        return;
      }
      const following = recording.follow(thread);
      begun.push(following);
      if (choice === 'all') following.catch(error => recording.note(`${threadLabel(thread)}: ${messageOf(error)}`));
    };
    try {
      recording.watched(await this.threads.watchWorkers(follow));
    } catch (error) {
      if (choice !== 'all') throw error;
      recording.note(`main thread only: ${messageOf(error)}`);
      return;
    }
    if (choice === 'all') {
      await Promise.allSettled(begun);
      return;
    }
    if (begun.length === 0) throw noSuchThread(choice, seen);
    await Promise.all(begun);
  }
}

/** All until `toMicros`, when it is of the last moments, is in a window that is still open. */
async function flush(sampler: ProfiledThread['sampler'], toMicros: number): Promise<void> {
  const subscription = await sampler.subscribe(0, { onWindow: () => {} });
  await subscription.reached(toMicros, flushMs);
  subscription.leave();
}

function isChosen(thread: ProfiledThread, choice: ThreadChoice): boolean {
  return String(thread.id) === choice || thread.name === choice;
}

function noSuchThread(choice: string, seen: string[]): NopsError {
  return new NopsError(
    'usage',
    `there is no worker thread ${JSON.stringify(choice)}`,
    `There is: ${['main', ...seen].join(', ')}. Give a number, a name, main or all.`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
