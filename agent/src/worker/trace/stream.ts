/** A recording as the bytes of a trace file, as it goes on: what the main thread has put into the ring, and what comes from elsewhere. */

import { formatVersion, lineNames, type TraceEnd, type TraceHeader, ticksPerMs } from '@nops/core/trace/format';
import type { TraceBegun, TraceRing } from '../../messages/trace-ring.js';
import type { Context } from '../context.js';
import { wait } from '../wait.js';
import { GzipPieces } from './compress.js';
import { Drain } from './drain.js';
import type { Extras } from './extras.js';
import { drainedLines, formatLines, metadata } from './lines.js';
import { SliceLines } from './slice-lines.js';

const drainMs = 50;

export interface Recorded {
  begun: TraceBegun;
  ring: TraceRing;
  extras: Extras;
  seconds: number;
  /** What could not begin. */
  missing: string[];
  /** Ends it early. */
  signal: AbortSignal;
  /** Takes everything away, whatever happens; called twice it does so once. What went missing by that. */
  end(): Promise<string[]>;
}

/** To be read to its end or returned: it ends the recording either way. */
export async function* streamTrace(context: Context, recorded: Recorded): AsyncGenerator<Uint8Array> {
  const { begun, extras, signal } = recorded;
  const slices = new SliceLines(process.pid, begun.startMicros);
  const drain = new Drain(recorded.ring, slices);
  const gzip = new GzipPieces();
  let sequence = 0;
  const lines = () => {
    const drained = drain.take();
    const records = drainedLines(drained, sequence);
    if (drained.records !== undefined) sequence++;
    return [...records, ...slices.take(), ...extras.take(begun.startMicros)];
  };
  try {
    yield gzip.begin();
    yield gzip.piece(`{"traceEvents":[\n${formatLines([headerLine(begun, context, recorded.missing)])}`);
    const endMs = performance.now() + recorded.seconds * 1000;
    while (performance.now() < endMs && !signal.aborted) {
      await wait(Math.min(drainMs, endMs - performance.now()), signal);
      const text = formatLines(lines());
      if (text !== '') yield gzip.piece(text);
    }
    // The last record may be long ago: while JavaScript runs in circles there are none.
    const endTicks = (Number(process.hrtime.bigint() / 1000n) - begun.startMicros) * (ticksPerMs / 1000);
    const notes = await recorded.end();
    const text = formatLines(lines());
    if (text !== '') yield gzip.piece(text);
    const threads = extras.threads();
    const told: TraceEnd = {
      lost: drain.lost,
      ticks: Math.max(drain.ticks, endTicks),
      notes,
      ...(threads === undefined ? {} : { threads }),
    };
    yield gzip.piece(`${JSON.stringify(metadata(lineNames.end, told))}\n]}\n`);
    yield gzip.end();
  } finally {
    await recorded.end();
  }
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
