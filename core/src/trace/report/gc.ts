/** Collections of garbage: how many, how long they stopped the thread, and when the longest were. */

import { ticksPerMs } from '../format.js';
import type { Trace } from '../model.js';

export interface GcReport {
  count: number;
  totalMs: number;
  /** Of the time in which collections were recorded. */
  share: number;
  p50Ms: number;
  p99Ms: number;
  longest: { beginMs: number; ms: number }[];
}

const kept = 10;

export function gcReport({ gc, ticks, leftOut }: Trace): GcReport {
  const recordedTicks = ticks - leftOut.gcTicks;
  const pauses = Array.from(gc.begins, (begin, index) => ({
    beginMs: begin / ticksPerMs,
    ms: ((gc.ends[index] ?? 0) - begin) / ticksPerMs,
  })).sort((a, b) => b.ms - a.ms);
  const at = (share: number) => pauses[Math.min(pauses.length - 1, Math.floor(pauses.length * (1 - share)))]?.ms ?? 0;
  return {
    count: pauses.length,
    totalMs: gc.total / ticksPerMs,
    share: recordedTicks <= 0 ? 0 : gc.total / recordedTicks,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    longest: pauses.slice(0, kept),
  };
}
