/**
 * The flight recorder: what the cheap sources have told lately (channels, collections, how late the loop was; not async_hooks), kept in
 * compressed pieces, the oldest thrown away. A snapshot is a trace file as any other, with the CPU samples that the engine holds of that time.
 */

import { inflateRawSync } from 'node:zlib';
import { NopsError } from '@nops/core/protocol/errors';
import { formatVersion, lineNames, type TraceEnd, type TraceHeader, ticksPerMs } from '@nops/core/trace/format';
import { decodeRecords } from '@nops/core/trace/records';
import type { TraceBegun } from '../../messages/trace-ring.js';
import type { ThreadSampler } from '../engine/thread-sampler.js';
import { log } from '../log.js';
import type { MainThread } from '../main-thread/main-thread.js';
import { compress, GzipPieces, inflateOptions } from './compress.js';
import { CpuLines } from './cpu-lines.js';
import { Drain } from './drain.js';
import { dictionaryLine, formatLines, metadata, recordsLine } from './lines.js';
import { receiveRings } from './rings.js';
import { SliceLines } from './slice-lines.js';

/** Of compressed pieces; with the ring of 4 MB it stays below 16. */
const maxBytes = 11 * 1024 ** 2;
const maxLastSeconds = 60;
const drainMs = 500;
/** Until the app's thread comes round for the first time. */
const startMs = 30_000;

/** Other viewers are shown so many of the latest records as slices and requests: each of these is a line of JSON, nops reads the records. */
const maxShown = 300_000;

/** The records of one drain. */
interface Piece {
  /** Of the recorder's clock, before and after what it holds. */
  fromTicks: number;
  toTicks: number;
  count: number;
  /** Of the first record. */
  ticks: number;
  compressed: Uint8Array;
}

interface Running {
  begun: TraceBegun;
  drain: Drain;
}

export class FlightRecorder {
  readonly #main: MainThread;
  readonly #sampler: ThreadSampler;
  readonly #pieces: Piece[] = [];
  #bytes = 0;
  #running: Running | undefined;

  constructor(main: MainThread, sampler: ThreadSampler) {
    this.#main = main;
    this.#sampler = sampler;
  }

  /** Never throws: without it the agent does all else. */
  async start(): Promise<void> {
    const rings = receiveRings();
    try {
      const begun = await this.#main.call('traceBegin', 'flight', startMs);
      const { ring } = await rings.ring(begun.id);
      this.#running = { begun, drain: new Drain(ring) };
      setInterval(() => this.#take(), drainMs).unref();
    } catch (error) {
      log(`no flight recorder: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      rings.close();
    }
  }

  /** The last seconds as the bytes of a trace file. */
  snapshot(seconds: number, name: string | null): Uint8Array {
    if (this.#running === undefined) {
      throw new NopsError('no-answer', 'the flight recorder has not begun: the app’s thread has not come round yet');
    }
    const { begun, drain } = this.#running;
    this.#take();
    const nowTicks = (Number(process.hrtime.bigint() / 1000n) - begun.startMicros) * (ticksPerMs / 1000);
    const from = nowTicks - seconds * 1000 * ticksPerMs;
    const pieces = this.#pieces.filter(piece => piece.toTicks >= from);
    const baseTicks = pieces[0]?.fromTicks ?? Math.max(0, Math.round(from));
    const startMicros = begun.startMicros + baseTicks / (ticksPerMs / 1000);
    const header: TraceHeader = {
      version: formatVersion,
      pid: process.pid,
      node: process.versions.node,
      name,
      startMicros,
      baseTicks,
      startedAtMs: begun.startedAtMs + baseTicks / ticksPerMs,
      mode: 'flight',
      poolThreads: begun.poolThreads,
      missing: [],
    };
    const gzip = new GzipPieces();
    const parts = [gzip.begin()];
    const write = (text: string) => void (text !== '' && parts.push(gzip.piece(text)));
    write(`{"traceEvents":[\n${formatLines([metadata(lineNames.header, header), dictionaryLine(drain.dictionary())])}`);
    const notes = writePieces(pieces, this.#running, write);
    write(formatLines(this.#cpuLines(startMicros)));
    const end: TraceEnd = { lost: drain.lost, ticks: nowTicks - baseTicks, notes };
    write(`${JSON.stringify(metadata(lineNames.end, end))}\n]}\n`);
    return Buffer.concat([...parts, gzip.end()]);
  }

  #take(): void {
    if (this.#running === undefined) return;
    const { drain } = this.#running;
    const fromTicks = this.#pieces.at(-1)?.toTicks ?? 0;
    const { records } = drain.take();
    if (records === undefined) return;
    const { bytes, count, ticks } = records;
    const compressed = compress(bytes);
    this.#pieces.push({ fromTicks, toTicks: drain.ticks, count, ticks, compressed });
    this.#bytes += compressed.length;
    const oldest = drain.ticks - (maxLastSeconds + 1) * 1000 * ticksPerMs;
    while (this.#bytes > maxBytes || (this.#pieces[0]?.toTicks ?? oldest) < oldest) {
      const dropped = this.#pieces.shift();
      if (dropped === undefined) return;
      this.#bytes -= dropped.compressed.length;
    }
  }

  #cpuLines(fromMicros: number): object[] {
    const lines = new CpuLines(process.pid);
    const windows = this.#sampler.store.range(fromMicros, Number.POSITIVE_INFINITY);
    return windows.flatMap(window => lines.lines(window, fromMicros));
  }
}

/** Returns what is not shown. */
function writePieces(pieces: readonly Piece[], { begun, drain }: Running, write: (text: string) => void): string[] {
  const slices = new SliceLines(process.pid, begun.startMicros);
  const { strings, types } = drain.dictionary();
  slices.name(types, new Map(strings));
  const shown = firstShown(pieces);
  pieces.forEach(({ count, ticks, compressed }, sequence) => {
    const records = { bytes: inflateRawSync(compressed, inflateOptions), count, ticks };
    if (sequence >= shown) decodeRecords(records, (...record) => slices.add(...record));
    write(formatLines([recordsLine(records, sequence), ...slices.take()]));
  });
  if (shown === 0) return [];
  const seconds = (drain.ticks - (pieces[shown]?.fromTicks ?? drain.ticks)) / ticksPerMs / 1000;
  return [`other viewers are shown the requests of its last ${seconds.toFixed(1)} s`];
}

/** Which of the pieces is the first with the latest `maxShown` records. */
function firstShown(pieces: readonly Piece[]): number {
  let left = maxShown;
  let index = pieces.length;
  for (; index > 0; index--) {
    left -= pieces[index - 1]?.count ?? 0;
    if (left < 0) break;
  }
  return index;
}
