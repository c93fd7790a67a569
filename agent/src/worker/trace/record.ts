/** One recording on demand, as the bytes of a trace file: begun in the main thread, drained here, ended whatever happens. */

import { formatVersion, lineNames, type TraceEnd, type TraceHeader } from '@nops/core/trace/format';
import type { TraceBegun } from '../../messages/trace-ring.js';
import type { Context } from '../context.js';
import type { Session } from '../main-thread.js';
import { wait } from '../wait.js';
import { GzipPieces } from './compress.js';
import { CpuSamples } from './cpu.js';
import { CpuLines } from './cpu-lines.js';
import { Drain } from './drain.js';
import { formatLines, metadata } from './lines.js';
import { NativeTracing } from './native.js';
import { receiveRings } from './rings.js';
import { SliceLines } from './slice-lines.js';

const drainMs = 50;
const callMs = 2000;

export interface TraceOptions {
  seconds: number;
  /** Samples a second; 0: none. */
  hz: number;
}

export interface Recording {
  chunks(): AsyncGenerator<Uint8Array>;
  /** Ends it when nobody reads `chunks`; to be called in any case, also twice. */
  end(): Promise<unknown>;
}

/** Resolves when it has begun, or rejects; then `end` must be called. */
export async function beginTrace(
  context: Context,
  session: Session,
  options: TraceOptions,
  signal: AbortSignal,
): Promise<Recording> {
  const { main } = context;
  const missing: string[] = [];
  const rings = receiveRings();
  const native = new NativeTracing(session.channel);
  const cpu = options.hz === 0 ? undefined : new CpuSamples();
  await cpu
    ?.start(context.engine.threads.main.sampler, Math.round(1e6 / options.hz))
    .catch(error => missing.push(`CPU samples: ${messageOf(error)}`));
  let hasNative = true;
  await native.start().catch(error => {
    hasNative = false;
    missing.push(`Node's own trace events (files, look-ups, pool threads): ${messageOf(error)}`);
  });
  const undo = async () => {
    rings.close();
    if (hasNative) await native.stop().catch(() => {});
    await cpu?.stop();
  };
  let begun: TraceBegun;
  let drain: Drain;
  let id: number | undefined;
  try {
    begun = await main.call('traceBegin', 'full', callMs);
    id = begun.id;
    drain = new Drain(await rings.ring(begun.id), new SliceLines(process.pid, begun.startMicros));
  } catch (error) {
    if (id !== undefined) await main.call('traceEnd', id, callMs).catch(() => {});
    await undo();
    throw error;
  }

  async function* chunks(): AsyncGenerator<Uint8Array> {
    const gzip = new GzipPieces();
    const notes: string[] = [];
    const cpuLines = new CpuLines(process.pid);
    const lines = () => [
      ...drain.take(),
      ...native.take(),
      ...(cpu?.take() ?? []).flatMap(window => cpuLines.lines(window, begun.startMicros)),
    ];
    try {
      yield gzip.begin();
      yield gzip.piece(`{"traceEvents":[\n${formatLines([headerLine(begun, context, missing)])}`);
      const endMs = performance.now() + options.seconds * 1000;
      while (performance.now() < endMs && !signal.aborted) {
        await wait(Math.min(drainMs, endMs - performance.now()), signal);
        const text = formatLines(lines());
        if (text !== '') yield gzip.piece(text);
      }
      notes.push(...(await end()));
      if (cpu?.failure !== undefined) notes.push(`CPU samples are missing from some moment on: ${cpu.failure}`);
      if (native.left > 0) notes.push(`${native.left} of Node's own trace events were left out: there were too many`);
      const text = formatLines(lines());
      if (text !== '') yield gzip.piece(text);
      const told: TraceEnd = { lost: drain.lost, ticks: drain.ticks, notes };
      yield gzip.piece(`${JSON.stringify(metadata(lineNames.end, told))}\n]}\n`);
      yield gzip.end();
    } finally {
      await end();
    }
  }

  let ended: Promise<string[]> | undefined;
  function end(): Promise<string[]> {
    ended ??= (async () => {
      const notes: string[] = [];
      await main.call('traceEnd', begun.id, callMs).catch(error => notes.push(`the end: ${messageOf(error)}`));
      await undo();
      return notes;
    })();
    return ended;
  }

  return { chunks, end };
}

function headerLine(begun: TraceBegun, context: Context, missing: string[]): object {
  const header: TraceHeader = {
    version: formatVersion,
    pid: process.pid,
    node: process.versions.node,
    name: context.announcement.name,
    startMicros: begun.startMicros,
    baseTicks: 0,
    startedAtMs: begun.startedAtMs,
    mode: 'full',
    poolThreads: begun.poolThreads,
    missing,
  };
  return metadata(lineNames.header, header);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
