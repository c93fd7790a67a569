/**
 * Samples one thread as long as somebody wants it: the one owner of its profiler. It runs a chain of windows of at most a second, and each
 * window goes to everybody who is there, so that fifty profiles cost as much as one.
 */

import type { SampleWindow } from '@nops/core/profile/sampling/sample-window';
import { decodeWindow } from '@nops/core/profile/sampling/sample-window';
import { CpuWindows, type TurnPause } from '@nops/probe/through/cpu-windows';
import { type InspectorChannel, withDeadline } from '@nops/probe/through/inspector-channel';
import { type History, monotonicMicros, WindowStore } from './window-store.js';

/** A window's end holds the thread for longer the longer it is: measured 1-3 ms for a second, 28 for ten. */
const windowMicros = 1e6;
/** When somebody waits for samples, the window ends early, but not more often than this. */
const minWindowMicros = 1e5;
/** A cold start stops the thread for up to 0.3 s in a large app; beyond this it is stuck. */
const startDeadlineMs = 2000;

export interface Listener {
  /** `pause`: how the thread was held to get it; `decodeMs`: what it took here. */
  onWindow(window: SampleWindow, pause: TurnPause, decodeMs: number): void;
  /** The thread, or the agent's way to it, has ended: no more windows come. */
  onBroken?(why: Error): void;
}

export interface Subscription {
  /** What V8 samples at: another one's, when that was first. */
  readonly intervalMicros: number;
  /** How long the start has held the thread; undefined when it was sampled already. */
  readonly coldStartMs: number | undefined;
  /** Resolves when all until `micros` has been handed over: false when that did not come within `patienceMs`. */
  reached(micros: number, patienceMs: number): Promise<boolean>;
  /** Sampling ends with the last one who leaves. */
  leave(): void;
}

interface Client {
  listener: Listener;
  waiting: { micros: number; resolve: (reached: boolean) => void }[];
}

interface Chain {
  intervalMicros: number;
  started: Promise<TurnPause>;
  /** The call into the thread that is under way. */
  turn: Promise<unknown>;
  ended: Promise<void>;
  isEnding: boolean;
}

export class ThreadSampler {
  readonly store: WindowStore;
  readonly #connect: (use: (channel: InspectorChannel) => Promise<void>) => Promise<void>;
  readonly #clients = new Set<Client>();
  #chain: Chain | undefined;
  #wake = () => {};

  /** `connect` gives the thread's inspector for as long as what it calls takes. */
  constructor(connect: (use: (channel: InspectorChannel) => Promise<void>) => Promise<void>, history: History) {
    this.#connect = connect;
    this.store = new WindowStore(history);
  }

  get isSampling(): boolean {
    return this.#chain !== undefined;
  }

  /** Throws `no-answer` when the thread does not come to begin. */
  async subscribe(intervalMicros: number, listener: Listener): Promise<Subscription> {
    while (this.#chain?.isEnding === true) await this.#chain.ended;
    const isCold = this.#chain === undefined;
    const client: Client = { listener, waiting: [] };
    this.#clients.add(client);
    this.#chain ??= this.#start(intervalMicros);
    const chain = this.#chain;
    try {
      const pause = await withDeadline(chain.started, startDeadlineMs, 'the CPU profiler did not start');
      // A thread that has got stuck since then does not come to answer.
      if (!isCold) await withDeadline(chain.turn, startDeadlineMs, 'the CPU profiler does not hand over its samples');
      return {
        intervalMicros: chain.intervalMicros,
        coldStartMs: isCold ? pause.openMs : undefined,
        reached: (micros, patienceMs) => this.#reached(client, micros, patienceMs),
        leave: () => this.#leave(client),
      };
    } catch (error) {
      this.#leave(client);
      throw error;
    }
  }

  #start(intervalMicros: number): Chain {
    let isStarted = (_: TurnPause) => {};
    let hasFailed = (_: unknown) => {};
    const started = new Promise<TurnPause>((resolve, reject) => {
      isStarted = resolve;
      hasFailed = reject;
    });
    started.catch(() => {});
    const chain: Chain = { intervalMicros, started, turn: started, ended: Promise.resolve(), isEnding: false };
    chain.ended = this.#connect(async channel => {
      const windows = new CpuWindows(channel);
      isStarted(await windows.start(intervalMicros));
      await this.#run(chain, windows);
    }).then(
      () => this.#over(chain, undefined),
      error => {
        hasFailed(error);
        this.#over(chain, error instanceof Error ? error : new Error(String(error)));
      },
    );
    return chain;
  }

  async #run(chain: Chain, windows: CpuWindows): Promise<void> {
    let before: SampleWindow | undefined;
    for (let began = monotonicMicros(); ; began = before.endMicros) {
      await this.#due(began);
      chain.isEnding = this.#clients.size === 0;
      const taking = chain.isEnding ? windows.end() : windows.next();
      chain.turn = taking.catch(() => {});
      const { cpu, pause } = await taking;
      const { intervalMicros } = chain;
      const decoding = performance.now();
      before = decodeWindow(cpu, { tree: this.store.tree, intervalMicros, before });
      this.store.push(before);
      const decodeMs = performance.now() - decoding;
      for (const client of [...this.#clients]) hand(client, before, pause, decodeMs);
      if (chain.isEnding) return;
    }
  }

  /** Until the window that began then is to end: nobody is there any more, somebody waits for what is in it, or it is long enough. */
  async #due(beganMicros: number): Promise<void> {
    for (;;) {
      const wanted = [...this.#clients].flatMap(client => client.waiting.map(waiting => waiting.micros));
      const atMicros = Math.max(beganMicros + minWindowMicros, Math.min(beganMicros + windowMicros, ...wanted));
      const leftMs = (atMicros - monotonicMicros()) / 1000;
      if (this.#clients.size === 0 || leftMs <= 0) return;
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, Math.ceil(leftMs));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #reached(client: Client, micros: number, patienceMs: number): Promise<boolean> {
    if (!this.#clients.has(client)) return Promise.resolve(false);
    return new Promise(resolve => {
      const timer = setTimeout(() => settle(false), patienceMs);
      const settle = (reached: boolean) => {
        clearTimeout(timer);
        resolve(reached);
      };
      client.waiting.push({ micros, resolve: settle });
      this.#wake();
    });
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    for (const { resolve } of client.waiting.splice(0)) resolve(false);
    if (this.#clients.size === 0) this.#wake();
  }

  #over(chain: Chain, why: Error | undefined): void {
    if (this.#chain === chain) this.#chain = undefined;
    if (why === undefined) return;
    for (const client of [...this.#clients]) {
      this.#leave(client);
      client.listener.onBroken?.(why);
    }
  }
}

function hand(client: Client, window: SampleWindow, pause: TurnPause, decodeMs: number): void {
  client.listener.onWindow(window, pause, decodeMs);
  const reached = client.waiting.filter(waiting => waiting.micros <= window.endMicros);
  client.waiting = client.waiting.filter(waiting => waiting.micros > window.endMicros);
  for (const { resolve } of reached) resolve(true);
}
