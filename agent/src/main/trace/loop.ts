/** How late the event loop is, for recordings without async_hooks: a timer that tells when it was due and how long it waited since. */

import { performance } from 'node:perf_hooks';
import { kinds, marks, ticksPerMs } from '@nops/core/trace/format';
import type { Writer } from './writer.js';

const everyMs = 20;
/** Timers are a millisecond late by their nature. */
const lateMs = 5;

/** Returns what stops it. `onTick` is told the milliseconds since the last time. */
export function recordLoop(writer: Writer, onTick: (elapsedMs: number) => void): () => void {
  let idleMs = performance.nodeTiming.idleTime;
  let latest = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const idle = performance.nodeTiming.idleTime;
    const late = now - latest - everyMs;
    if (late > lateMs) writer.put(kinds.mark | (marks.late << 8), late * ticksPerMs, 0);
    writer.put(kinds.mark | (marks.idle << 8), (idle - idleMs) * ticksPerMs, 0);
    idleMs = idle;
    onTick(now - latest);
    latest = now;
  }, everyMs).unref();
  return () => clearInterval(timer);
}
