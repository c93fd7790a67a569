/** What each thread did: the main one, and those of libuv's pool as far as Node's own trace events tell. */

import { ticksPerMs } from '../format.js';
import type { Trace } from '../model.js';
import { loopReport } from './loop.js';

export interface ThreadReport {
  tid: number;
  role: 'main' | 'pool';
  busyMs: number;
  /** Of the trace's length. */
  busyShare: number;
  /** Pieces of work, or turns of the event loop. */
  count: number;
  /** By kind of work. */
  work: { name: string; count: number; ms: number }[];
}

/** File operations and look-ups also run on the pool, but do not tell on which thread. */
export function threadsReport(trace: Trace): ThreadReport[] {
  const { utilization, turns } = loopReport(trace);
  const lengthMs = trace.ticks / ticksPerMs;
  const main: ThreadReport = {
    tid: trace.header.pid,
    role: 'main',
    busyMs: utilization * lengthMs,
    busyShare: utilization,
    count: turns,
    work: [],
  };
  const threads = new Map<number, Map<string, { count: number; ms: number }>>();
  for (const span of trace.native) {
    if (span.category !== 'node.threadpoolwork.sync') continue;
    const work = threads.get(span.tid) ?? new Map<string, { count: number; ms: number }>();
    threads.set(span.tid, work);
    const kind = work.get(span.name) ?? { count: 0, ms: 0 };
    kind.count++;
    kind.ms += (span.end - span.begin) / ticksPerMs;
    work.set(span.name, kind);
  }
  const pool = [...threads].map(([tid, kinds]): ThreadReport => {
    const work = [...kinds].map(([name, kind]) => ({ name, ...kind })).sort((a, b) => b.ms - a.ms);
    const busyMs = work.reduce((sum, { ms }) => sum + ms, 0);
    const count = work.reduce((sum, kind) => sum + kind.count, 0);
    return { tid, role: 'pool', busyMs, busyShare: lengthMs === 0 ? 0 : busyMs / lengthMs, count, work };
  });
  return [main, ...pool.sort((a, b) => b.busyMs - a.busyMs)];
}
