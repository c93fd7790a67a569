/** Recordings of the main thread: subscribes to what they need, and takes all of it away at their end. Nothing runs outside of them. */

import { NopsError } from '@nops/core/protocol/errors';
import { createRing, maxTraceSeconds, ringIndex, type TraceBegun, type TraceRing } from '../../messages/trace-ring.js';
import { annotate } from './annotations.js';
import { recordAsync } from './async-hooks.js';
import { Connections } from './connections.js';
import { recordFetch } from './fetch-out.js';
import { Collections } from './gc.js';
import { recordServer } from './http-in.js';
import { recordClient } from './http-out.js';
import { recordClient2, recordServer2 } from './http2.js';
import { Initiators } from './initiator.js';
import { recordLoop } from './loop.js';
import { recordPerformance } from './performance-marks.js';
import { type Numbers, RequestSampler } from './request-sampler.js';
import { ServerNames } from './server-names.js';
import { Writer } from './writer.js';

export type TraceMode = 'full' | 'flight';

/** One that nobody ends, since the worker has gone, ends by itself. */
const expiresMs = (maxTraceSeconds + 15) * 1000;

interface Recording {
  mode: TraceMode;
  ring: TraceRing;
  stop(): void;
}

export class TraceRecorder {
  readonly #send: (begun: TraceBegun, ring: TraceRing) => void;
  readonly #open = new Map<number, Recording>();
  #counter = 0;

  /** `send` gives the ring to the worker. */
  constructor(send: (begun: TraceBegun, ring: TraceRing) => void) {
    this.#send = send;
  }

  begin(mode: TraceMode): TraceBegun {
    if ([...this.#open.values()].some(recording => recording.mode === mode)) {
      throw new NopsError('no-answer', 'a trace is being recorded already', 'Try again when it has ended.');
    }
    const id = ++this.#counter;
    const ring = createRing();
    const originMs = performance.now();
    const startMicros = Number(process.hrtime.bigint() / 1000n);
    const startedAtMs = Date.now();
    this.#open.set(id, { mode, ring, stop: start(mode, ring, originMs, () => this.end(id)) });
    const begun = { id, startMicros, startedAtMs, poolThreads: poolThreads() };
    this.#send(begun, ring);
    return begun;
  }

  /** Records that were lost; undefined for one that has ended. */
  end(id: number): { lost: number } {
    const recording = this.#open.get(id);
    if (recording === undefined) throw new NopsError('no-answer', 'the recording took too long and was dropped');
    this.#open.delete(id);
    recording.stop();
    return { lost: Atomics.load(recording.ring.control, ringIndex.lost) };
  }

  closeAll(): void {
    for (const id of [...this.#open.keys()]) this.end(id);
  }
}

function start(mode: TraceMode, ring: TraceRing, originMs: number, expire: () => void): () => void {
  const writer = new Writer(ring, originMs);
  const stops = mode === 'full' ? startFull(writer, expire) : startFlight(writer);
  return () => {
    for (const stop of stops.reverse()) stop();
    writer.close();
  };
}

function startFull(writer: Writer, expire: () => void): (() => void)[] {
  const expiry = setTimeout(expire, expiresMs).unref();
  const initiators = new Initiators();
  const collections = new Collections(writer);
  return [
    () => clearTimeout(expiry),
    () => collections.stop(),
    ...recordRequests(writer, initiators, counter(), counter()),
    // Last, so that none of the above is in it.
    recordAsync(writer, id => initiators.handleMade(id)),
  ];
}

/** What may always run: where there is much to record, a part of it, so that it costs the app no more than so much. */
function startFlight(writer: Writer): (() => void)[] {
  const requestsIn = new RequestSampler(writer, 'in');
  const requestsOut = new RequestSampler(writer, 'out');
  const collections = new Collections(writer);
  return [
    () => collections.stop(),
    ...recordRequests(writer, new Initiators(), requestsIn, requestsOut),
    recordLoop(writer, elapsedMs => {
      for (const limited of [requestsIn, requestsOut, collections]) limited.adapt(elapsedMs);
    }),
  ];
}

function recordRequests(
  writer: Writer,
  initiators: Initiators,
  numbersIn: Numbers,
  numbersOut: Numbers,
): (() => void)[] {
  const connections = new Connections(writer, initiators);
  const names = new ServerNames(writer);
  return [
    recordServer(writer, names, numbersIn),
    recordServer2(writer, names, numbersIn),
    recordClient(writer, connections, initiators, numbersOut),
    recordClient2(writer, connections, initiators, numbersOut),
    recordFetch(writer, connections, initiators, numbersOut),
    connections.record(),
    recordPerformance(writer),
    annotate(writer),
  ];
}

function counter(): Numbers {
  let count = 0;
  return { next: () => ++count };
}

/** uv_threadpool_size: libuv takes 1 to 1024, and 4 where nothing is said (docs.libuv.org/en/v1.x/threadpool.html). */
function poolThreads(): number {
  const given = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
  return Number.isInteger(given) && given > 0 ? Math.min(given, 1024) : given === 0 ? 1 : 4;
}
