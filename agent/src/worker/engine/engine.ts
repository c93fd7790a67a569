/**
 * The profile engine: every CPU profile of this process is cut from what it samples. By default it samples nothing until somebody asks;
 * a recording that is under way is shared by all.
 */

import { BusyError, NopsError } from '@nops/core/protocol/errors';
import type { InfoProfiling } from '@nops/core/protocol/info-parts';
import type { WorkerThread } from '@nops/probe/beside/v8/worker-threads';
import type { MainThread } from '../main-thread/main-thread.js';
import type { Labels } from './labels.js';
import { type Recorded, Recording } from './recording.js';
import { ThreadPart } from './thread-part.js';
import { ThreadSampler } from './thread-sampler.js';
import { isChosen, mainLabel, workerLabel } from './threads.js';
import { type Beside, WarmProfiling } from './warm.js';
import { type History, monotonicMicros } from './window-store.js';
import type { WorkerSampler } from './worker-sampler.js';

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
  /** Of the main thread. */
  readonly sampler: ThreadSampler;
  readonly #named = new Map<string, AbortController>();
  readonly #labels: Labels | undefined;
  readonly #mainThread: MainThread;
  #underWay = 0;
  #warm: WarmProfiling | undefined;
  #workers: Promise<WorkerSampler> | undefined;

  constructor(mainThread: MainThread, history: History, labels: Labels | undefined) {
    this.#labels = labels;
    this.#mainThread = mainThread;
    this.sampler = new ThreadSampler(use => mainThread.withSession(({ channel }) => use(channel)), history);
  }

  /** Samples the main thread from now on, within the budget. */
  keepWarm(budgetPercent: number): void {
    this.#warm = new WarmProfiling(this.sampler, { percent: budgetPercent }, this.#notedBeside());
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
    return this.#warm !== undefined && this.sampler.store.oldestMicros !== undefined;
  }

  describe(): InfoProfiling {
    if (this.#warm !== undefined) return this.#warm.describe();
    const { sampler } = this;
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
    let workers: WorkerSampler | undefined;
    try {
      workers = thread === 'main' ? undefined : await this.#prepareWorkers(recording, thread);
      const chosen = workers === undefined || thread === 'all' ? undefined : choose(workers, thread);
      if (thread === 'all' || thread === 'main') {
        if (this.#labels !== undefined && unlabelled !== true) await recording.label(this.#labels);
        await recording.followMain(this.sampler);
      }
      recording.begin();
      if (workers !== undefined) recording.followWorkers(workers, chosen);
      return recording;
    } catch (error) {
      recording.cancel();
      workers?.dismiss();
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
    const { sampler } = this;
    if (sampler.isSampling) await flush(sampler, toMicros);
    const range = { fromMicros, toMicros };
    const windows = sampler.store.range(fromMicros, toMicros);
    const [first] = windows;
    if (first === undefined) throw this.#nothingHeld(fromMicros);
    const part = new ThreadPart(mainLabel, range);
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
    const { oldestMicros, history } = this.sampler.store;
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

  /** undefined: they can't be sampled here, which is noted; of one that was asked for it is thrown. */
  async #prepareWorkers(recording: Recording, choice: ThreadChoice): Promise<WorkerSampler | undefined> {
    try {
      // Loaded when it is first needed: the code that knows V8's memory is half of the agent.
      this.#workers ??= import('./worker-sampler.js').then(module => new module.WorkerSampler());
      const workers = await this.#workers;
      workers.prepare();
      return workers;
    } catch (error) {
      if (choice !== 'all') throw error;
      recording.note(`worker threads, if there are any, are not in it: ${messageOf(error)}`);
      return undefined;
    }
  }
}

/** All until `toMicros`, when it is of the last moments, is in a window that is still open. */
async function flush(sampler: ThreadSampler, toMicros: number): Promise<void> {
  const subscription = await sampler.subscribe(0, { onWindow: () => {} });
  await subscription.reached(toMicros, flushMs);
  subscription.leave();
}

/** Those that run now and are meant. */
function choose(workers: WorkerSampler, choice: ThreadChoice): ReadonlySet<WorkerThread> {
  const all = workers.list();
  const chosen = all.filter(thread => isChosen(thread, choice));
  if (chosen.length > 0) return new Set(chosen);
  throw new NopsError(
    'usage',
    `there is no worker thread ${JSON.stringify(choice)}`,
    `There is: ${[mainLabel, ...all.map(workerLabel)].join(', ')}. Give a number, a name, main or all.`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
