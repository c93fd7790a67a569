/** How late the event loop is, for recordings without async_hooks: a timer that tells when it was due and how long it waited since. */

import { performance } from 'node:perf_hooks';
import { kinds, marks, ticksPerMs } from '@nops/core/trace/format';
import type { Writer } from './writer.js';

const everyMs = 20;
/** Timers are a millisecond late by their nature. */
const lateMs = 5;

/** Returns what stops it. */
export function recordLoop(writer: Writer): () => void {
  let idleMs = performance.nodeTiming.idleTime;
  let due = performance.now() + everyMs;
  const timer = setInterval(() => {
    const now = performance.now();
    const idle = performance.nodeTiming.idleTime;
    if (now - due > lateMs) writer.put(kinds.mark | (marks.late << 8), (now - due) * ticksPerMs, 0);
    writer.put(kinds.mark | (marks.idle << 8), (idle - idleMs) * ticksPerMs, 0);
    idleMs = idle;
    due = now + everyMs;
  }, everyMs).unref();
  return () => clearInterval(timer);
}
