/**
 * Measurements of the main thread over a window that the worker begins and ends. Each holds what it needs from Node only meanwhile; one
 * that is never ended, since its client or the worker died, ends by itself.
 */

import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { GCProfiler, getHeapStatistics } from 'node:v8';
import { NopsError } from '@nops/core/protocol/errors';
import type { Observation, WindowKind } from '../messages/shared.js';
import { countRequestsOut } from './handles.js';
import type { HttpActivity } from './http-activity.js';
import { activeHandles, activeRequests } from './node-internals.js';

const maxWindows = 16;
/** The longest window that a client may ask for, and time to spare. */
const expiresMs = 90_000;
/** Milliseconds between two looks at the event loop while its delay is measured. */
const loopResolutionMs = 10;

interface Window {
  kind: WindowKind;
  begun: number;
  finishedIn: number;
  finishedOut: number;
  usedBytes: number;
  pools: Map<string, { opened: number; requests: number; reused: number }>;
  utilization: ReturnType<typeof performance.eventLoopUtilization>;
  delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  gc: GCProfiler | undefined;
  expiry: NodeJS.Timeout;
}

export class Windows {
  readonly #activity: HttpActivity;
  readonly #open = new Map<number, Window>();
  #counter = 0;

  constructor(activity: HttpActivity) {
    this.#activity = activity;
  }

  begin(kind: WindowKind): number {
    if (this.#open.size >= maxWindows) {
      throw new NopsError(
        'no-answer',
        `${maxWindows} measurements are under way already`,
        'Try again when they have ended.',
      );
    }
    const id = ++this.#counter;
    this.#activity.acquire();
    const loop = kind === 'loop';
    const window: Window = {
      kind,
      begun: performance.now(),
      finishedIn: this.#activity.finishedIn,
      finishedOut: this.#activity.finishedOut,
      usedBytes: process.memoryUsage().heapUsed,
      pools: this.#poolCounters(),
      utilization: performance.eventLoopUtilization(),
      delay: loop ? monitorEventLoopDelay({ resolution: loopResolutionMs }) : undefined,
      gc: loop ? new GCProfiler() : undefined,
      expiry: setTimeout(() => this.#discard(id), expiresMs).unref(),
    };
    window.delay?.enable();
    window.gc?.start();
    this.#open.set(id, window);
    return id;
  }

  end(id: number): Observation {
    const window = this.#open.get(id);
    if (window === undefined) throw new NopsError('no-answer', 'the measurement took too long and was dropped');
    const gc = this.#close(id, window);
    const pools = this.#observePools(window);
    const queued = pools.flatMap(p => p.peers).reduce((sum, peer) => sum + peer.queued, 0);
    const fetching = pools
      .filter(p => p.kind === 'fetch' || p.kind === 'undici')
      .flatMap(p => p.peers)
      .reduce((sum, peer) => sum + peer.inUse, 0);
    const memory = process.memoryUsage();
    return {
      seconds: (performance.now() - window.begun) / 1000,
      finishedIn: this.#activity.finishedIn - window.finishedIn,
      finishedOut: this.#activity.finishedOut - window.finishedOut,
      inFlightIn: this.#activity.countRequestsIn(),
      inFlightOut: countRequestsOut() + queued + fetching,
      activeHandles: activeHandles().length,
      activeRequests: activeRequests().length,
      loop: window.delay === undefined ? null : readLoop(window.delay, window.utilization),
      gc,
      heap: {
        used: memory.heapUsed,
        total: memory.heapTotal,
        limit: getHeapStatistics().heap_size_limit,
        external: memory.external,
        arrayBuffers: memory.arrayBuffers,
        usedBefore: window.usedBytes,
      },
      pools,
      poolsLeftOut: this.#activity.pools.leftOut + this.#activity.dispatchers.leftOut,
    };
  }

  /** Ends all measurements: the agent is being closed. */
  closeAll(): void {
    for (const id of [...this.#open.keys()]) this.#discard(id);
  }

  #discard(id: number): void {
    const window = this.#open.get(id);
    if (window !== undefined) this.#close(id, window);
  }

  #close(id: number, window: Window): Observation['gc'] {
    this.#open.delete(id);
    clearTimeout(window.expiry);
    this.#activity.release();
    window.delay?.disable();
    const pauses = window.gc?.stop().statistics.map(s => s.cost / 1000);
    if (pauses === undefined) return null;
    return {
      count: pauses.length,
      pauseMs: pauses.reduce((sum, ms) => sum + ms, 0),
      maxPauseMs: Math.max(0, ...pauses),
    };
  }

  #poolCounters(): Window['pools'] {
    const counters: Window['pools'] = new Map();
    for (const pool of this.#observed()) {
      for (const peer of pool.peers) counters.set(`${pool.name} ${peer.peer}`, peer);
    }
    return counters;
  }

  /** Pools with what happened since the window began. Those that nobody uses, such as an untouched global agent, are only in `deep` ones. */
  #observePools(window: Window): Observation['pools'] {
    return this.#observed()
      .map(pool => ({
        ...pool,
        peers: pool.peers.map(peer => {
          const before = window.pools.get(`${pool.name} ${peer.peer}`) ?? { opened: 0, requests: 0, reused: 0 };
          return {
            ...peer,
            opened: peer.opened - before.opened,
            requests: peer.requests - before.requests,
            reused: peer.reused - before.reused,
          };
        }),
      }))
      .filter(pool => window.kind === 'deep' || pool.peers.length > 0);
  }

  #observed(): Observation['pools'] {
    const { pools, fetch, dispatchers } = this.#activity;
    const ofFetch = fetch.observe();
    return [...pools.observe(), ...(ofFetch === undefined ? [] : [ofFetch]), ...dispatchers.observe()];
  }
}

/** Node records the time between two looks, so an undisturbed loop reads as the resolution itself: it is taken off. */
function readLoop(delay: IntervalHistogram, before: Window['utilization']): Observation['loop'] {
  const lateMs = (nanos: number) => Math.max(0, nanos / 1e6 - loopResolutionMs);
  return {
    delayP50Ms: lateMs(delay.percentile(50)),
    delayP99Ms: lateMs(delay.percentile(99)),
    delayMaxMs: delay.count === 0 ? 0 : lateMs(delay.max),
    turns: delay.count,
    utilization: performance.eventLoopUtilization(before).utilization,
  };
}
