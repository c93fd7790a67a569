/**
 * Starts the agent in the process that calls: a worker thread that does the work, and in the main thread a heartbeat and the few
 * functions that the worker calls through the inspector when somebody asks.
 */

import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';
import { optionsFromEnv } from '../env.js';
import {
  createSharedMemory,
  heartbeatMs,
  type MainMessage,
  monotonicMs,
  type SharedMemory,
  sessionsIndex,
  type WorkerMessage,
  type WorkerStart,
} from '../messages/shared.js';
import type { Agent, StartOptions } from '../options.js';
import { agentVersion } from '../version.js';
import { createHost, publishedAgent, publishHost } from './host.js';
import { choosePlace, type Place } from './place.js';
import { appTunables } from './registered.js';

/** How long the end of the process may be put off until the worker has left the inspector. */
const exitPatienceMs = 200;
/** How long `close` waits for the worker to end by itself. */
const closePatienceMs = 1000;
/** A bound on what the worker may use, far above what it needs: a runaway agent must not take the app's memory. */
const workerHeapMb = 512;

/** Starts the agent, or gives the one that runs already. Never throws: see `failure` of what it returns. */
export function start(options: StartOptions = {}): Agent {
  const running = publishedAgent();
  if (running !== undefined) return running;
  const agent = new RunningAgent();
  agent.launch(options);
  return agent;
}

class RunningAgent implements Agent {
  socketPath = '';
  url: string | undefined;
  failure: string | undefined;
  readonly #settled: Promise<void>;
  #isSettled = false;
  #settle: () => void = () => {};
  #worker: Worker | undefined;
  #cleanUp: () => void = () => {};
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

  launch(options: StartOptions): void {
    try {
      if (!isMainThread) throw new Error('it watches the main thread, so start it there and not in a worker thread');
      const given = { ...optionsFromEnv(process.env), ...options };
      const memory = createSharedMemory();
      const place = choosePlace(given.folder);
      const worker = createWorker(workerStart(given, memory, place));
      this.#worker = worker;
      this.socketPath = place.socketPath;
      this.#cleanUp = this.#install(worker, memory, place);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
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
  #install(worker: Worker, memory: SharedMemory, place: Place): () => void {
    const host = createHost(memory.slots, appTunables);
    publishHost({ call: host.call, agent: this });
    const beat = () => void Atomics.store(memory.beat, 0, monotonicMs());
    beat();
    const heartbeat = setInterval(beat, heartbeatMs).unref();
    const onExit = () => leaveInspector(worker, memory);
    process.on('exit', onExit);
    worker.on('message', (message: WorkerMessage) => this.#receive(message));
    worker.on('error', error => this.#fail(`its worker failed: ${error.message}`));
    worker.on('exit', code => {
      if (this.#worker === worker) this.#fail(`its worker ended with code ${code}`);
    });
    // Only now: a listener for messages makes the worker hold the process open.
    worker.unref();
    const remove = () => removeFiles(place.socketPath);
    process.on('exit', remove);
    return () => {
      clearInterval(heartbeat);
      process.off('exit', onExit);
      process.off('exit', remove);
      host.close();
      publishHost(undefined);
      remove();
    };
  }

  #receive(message: WorkerMessage): void {
    if (message.type === 'failed') {
      this.#fail(message.message);
      return;
    }
    this.url = message.url ?? undefined;
    this.#worker?.unref();
    this.#settle();
  }

  /** Says why once and takes away what was added; the app goes on as if there were no agent. */
  #fail(why: string): void {
    if (this.failure !== undefined) return;
    this.failure = why;
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.terminate().catch(() => {});
    this.#cleanUp();
    this.#settle();
    process.emitWarning(`nops agent: ${why}`, 'NopsWarning');
  }
}

function workerStart(options: StartOptions, memory: SharedMemory, place: Place): WorkerStart {
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
    version: agentVersion(),
    tcp,
    token: tcp === null ? null : (options.token ?? randomBytes(24).toString('base64url')),
    heap: options.heap ?? false,
  };
}

/** The worker inherits neither the app's flags nor its environment: its preloads would run there again, and in a cluster it would listen through the primary. */
function createWorker(workerData: WorkerStart): Worker {
  const worker = new Worker(new URL('../worker/main.js', import.meta.url), {
    name: 'nops agent',
    workerData,
    execArgv: [],
    argv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: workerHeapMb },
  });
  return worker;
}

/** At its end the process would wait for our inspector session, and say so on standard error. */
function leaveInspector(worker: Worker, memory: SharedMemory): void {
  const sessions = Atomics.load(memory.state, sessionsIndex);
  if (sessions === 0) return;
  worker.postMessage('exit' satisfies MainMessage);
  Atomics.wait(memory.state, sessionsIndex, sessions, exitPatienceMs);
}

function removeFiles(socketPath: string): void {
  for (const path of [socketPath, socketPath.replace(/sock$/, 'json')]) {
    try {
      unlinkSync(path);
    } catch {
      // Gone already, or never made.
    }
  }
}
