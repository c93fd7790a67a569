/**
 * The agent as the main thread has it: a worker thread that does the work, a heartbeat, and the few functions that the worker calls
 * through the inspector when somebody asks.
 */

import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';
import type { RunOptions } from '@nops/core/protocol/injection';
import { optionsFromEnv } from '../env.js';
import {
  claimFiles,
  createSharedMemory,
  goneIndex,
  heartbeatMs,
  type MainMessage,
  monotonicMs,
  recordingIndex,
  recordings,
  type SharedMemory,
  sessionsIndex,
  type WorkerMessage,
  type WorkerStart,
} from '../messages/shared.js';
import type { Agent, StartOptions } from '../options.js';
import { createHost, type Host, type Published, publish, unpublish } from './host.js';
import { mayInspect } from './may-inspect.js';
import { choosePlace, type Place } from './place.js';
import { profilingOf } from './profiling-options.js';
import { appTunables } from './registered.js';
import { snapshotObjection } from './startup-snapshot.js';

/** How long the end of the process may be put off until the worker has left the inspector. */
const exitPatienceMs = 200;
/** And until it has written the last of a recording: some 0.1 s. */
const recordingPatienceMs = 5000;
/** How long `close` waits for the worker to end by itself. */
const closePatienceMs = 5000;
/** A bound on what the worker may use, far above what it needs: a runaway agent must not take the app's memory. */
const workerHeapMb = 512;

/** Where the agent is loaded from. */
export interface Origin {
  /** The worker's module, or its code as CommonJS. */
  worker: URL | string;
  version(): string;
  /** By `nops attach` or `nops run`, not by the app. */
  attached: boolean;
  run?: RunOptions;
  /** It unloads itself when nobody holds its lease any more. */
  leased?: boolean;
  /** For the option `oomProfile`; absent: this one can't. Throws why not; gives how to stop. */
  watchHeapLimit?(folder: string): () => void;
}

export class RunningAgent implements Agent {
  socketPath = '';
  url: string | undefined;
  failure: string | undefined;
  readonly #settled: Promise<void>;
  #isSettled = false;
  #settle: () => void = () => {};
  #worker: Worker | undefined;
  #cleanUp: () => void = () => {};
  #endRun: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor() {
    this.#settled = new Promise(resolve => {
      this.#settle = () => {
        this.#isSettled = true;
        resolve();
      };
    });
  }

  /** Who waits for it also keeps the process alive until then; else a script that only awaits this would end unfinished. */
  get ready(): Promise<void> {
    if (!this.#isSettled) this.#worker?.ref();
    return this.#settled;
  }

  launch(options: StartOptions, origin: Origin): void {
    try {
      if (!isMainThread) throw new Error('it watches the main thread, so start it there and not in a worker thread');
      const objection = snapshotObjection();
      if (objection !== undefined) throw new Error(objection);
      const given = { ...optionsFromEnv(process.env), ...options };
      const stopWatch = this.#watchHeapLimit(given.oomProfile, origin);
      if (stopWatch !== undefined) this.#cleanUp = stopWatch;
      const sampledSinceMs = stopWatch === undefined ? null : Date.now();
      const start = workerStart(given, createSharedMemory(), choosePlace(given.folder), { origin, sampledSinceMs });
      const worker = createWorker(origin.worker, start);
      this.#worker = worker;
      this.socketPath = start.socketPath;
      const takeAway = this.#install(worker, start, origin.run);
      this.#cleanUp = () => {
        takeAway();
        stopWatch?.();
      };
    } catch (error) {
      // Who attaches is told at once, and the app did not ask.
      this.#fail(error instanceof Error ? error.message : String(error), !origin.attached);
    }
  }

  /** undefined when it is not asked for or can't be; then a warning says why, and all else goes on. */
  #watchHeapLimit(folder: string | undefined, origin: Origin): (() => void) | undefined {
    if (folder === undefined || origin.watchHeapLimit === undefined) return undefined;
    try {
      return origin.watchHeapLimit(folder);
    } catch (error) {
      const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
      process.emitWarning(`nops agent: no profile will be left when the heap is full: ${why}`, 'NopsWarning');
      return undefined;
    }
  }

  /** What the end of the process does too, for an end that it does not hear of. */
  endRun(): void {
    this.#endRun();
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  async #stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) {
      worker.ref();
      worker.postMessage('close' satisfies MainMessage);
      const ended = new Promise(resolve => worker.once('exit', resolve));
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([ended, new Promise(resolve => (timer = setTimeout(resolve, closePatienceMs)))]);
      clearTimeout(timer);
      await worker.terminate();
    }
    this.#cleanUp();
    this.#settle();
  }

  /** Everything that the agent adds to the main thread; the returned function takes it away again. */
  #install(
    worker: Worker,
    { memory, socketPath, version, labels, recording }: WorkerStart,
    run?: RunOptions,
  ): () => void {
    const host = createHost(memory, {
      app: appTunables,
      labels,
      leave: () => this.#leave(),
      send: message => worker.postMessage(message),
      ...(run === undefined ? {} : { onUnheard: run.onUnheard }),
    });
    if (recording !== null) {
      Atomics.store(memory.state, recordingIndex, recordings.running);
      host.record();
    }
    const hasGone = () => Atomics.load(memory.state, goneIndex) === 1;
    const sweep = () => {
      if (hasGone()) this.#leave();
      return hasGone();
    };
    const published: Published = { call: host.call, agent: this, version, sweep };
    publish(published);
    const beat = () => void Atomics.store(memory.beat, 0, monotonicMs());
    beat();
    const heartbeat = setInterval(beat, heartbeatMs).unref();
    const onExit = () => {
      endRecording(memory, host);
      leaveInspector(worker, memory);
      removeFiles(memory, socketPath);
    };
    process.on('exit', onExit);
    this.#endRun = onExit;
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'leaving') worker.postMessage('left' satisfies MainMessage);
      else this.#receive(message);
    });
    worker.on('error', error => this.#fail(`its worker failed: ${error.message}`));
    worker.on('exit', code => {
      process.off('exit', onExit);
      if (this.#worker !== worker) return;
      if (hasGone()) this.#leave();
      else this.#fail(`its worker ended with code ${code}`);
    });
    // Only now: a listener for messages makes the worker hold the process open.
    worker.unref();
    return () => {
      clearInterval(heartbeat);
      host.close();
      unpublish(published);
      removeFiles(memory, socketPath);
    };
  }

  /** Takes away all but what the end of the worker needs: its session, through which this may be called, is left a moment later. */
  #leave(): void {
    this.failure ??= 'it has been detached';
    this.#worker = undefined;
    this.#cleanUp();
    this.#settle();
  }

  #receive(message: Exclude<WorkerMessage, { type: 'leaving' }>): void {
    if (message.type === 'failed') {
      this.#fail(message.message);
      return;
    }
    this.url = message.url ?? undefined;
    this.#worker?.unref();
    this.#settle();
  }

  /** Takes away what was added, and says why once; the app goes on as if there were no agent. */
  #fail(why: string, warn = true): void {
    if (this.failure !== undefined) return;
    this.failure = why;
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.terminate().catch(() => {});
    this.#cleanUp();
    this.#settle();
    if (warn) process.emitWarning(`nops agent: ${why}`, 'NopsWarning');
  }
}

function workerStart(
  options: StartOptions,
  memory: SharedMemory,
  place: Place,
  { origin, sampledSinceMs }: { origin: Origin; sampledSinceMs: number | null },
): WorkerStart {
  const tcp =
    options.tcp === undefined
      ? null
      : { host: options.tcp.host ?? '127.0.0.1', port: options.tcp.port ?? 0, tls: options.tcp.tls ?? null };
  if (options.token !== undefined && options.token.length < 16)
    throw new Error('the token must have 16 characters at least');
  return {
    memory,
    ...place,
    name: options.name ?? null,
    version: origin.version(),
    attached: origin.attached,
    leased: origin.leased === true,
    mayInspect: mayInspect(),
    tcp,
    token: tcp === null ? null : (options.token ?? randomBytes(24).toString('hex')),
    heap: options.heap ?? false,
    flight: options.flight ?? false,
    labels: labelsOf(options.labels),
    ...profilingOf(options),
    heapSampledSinceMs: sampledSinceMs,
    recording: origin.run?.recording ?? null,
  };
}

/**
 * The worker inherits neither the app's flags nor its environment: its preloads would run there again, and in a cluster it would listen
 * through the primary. It prints nothing; streams of its own keep it away from the app's, which need not even be open.
 */
function createWorker(code: URL | string, workerData: WorkerStart): Worker {
  return new Worker(code, {
    eval: typeof code === 'string',
    name: 'nops agent',
    workerData,
    execArgv: [],
    argv: [],
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: workerHeapMb },
  });
}

/** At its end the process would wait for our inspector session, and say so on standard error. */
function leaveInspector(worker: Worker, memory: SharedMemory): void {
  const sessions = Atomics.load(memory.state, sessionsIndex);
  if (sessions === 0) return;
  worker.postMessage('exit' satisfies MainMessage);
  Atomics.wait(memory.state, sessionsIndex, sessions, exitPatienceMs);
}

/** What the worker has of it is only whole when it has the end. */
function endRecording({ state }: SharedMemory, host: Host): void {
  const { running, ending } = recordings;
  if (Atomics.compareExchange(state, recordingIndex, running, ending) !== running) return;
  host.endRecordings();
  Atomics.wait(state, recordingIndex, ending, recordingPatienceMs);
}

function removeFiles(memory: SharedMemory, socketPath: string): void {
  if (!claimFiles(memory)) return;
  for (const path of [socketPath, socketPath.replace(/sock$/, 'json')]) {
    try {
      unlinkSync(path);
    } catch {
      // Gone already, or never made.
    }
  }
}

function labelsOf(labels: StartOptions['labels'] = false): WorkerStart['labels'] {
  if (typeof labels === 'boolean') return labels ? 'on' : 'off';
  return labels.routes === true ? 'routes' : 'on';
}
