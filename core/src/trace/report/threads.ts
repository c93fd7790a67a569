/** How busy each thread was while the trace was recorded. */

import { type ThreadTime, ticksPerMs } from '../format.js';
import type { Trace } from '../model.js';

export interface ThreadReport extends ThreadTime {
  /** Of the trace's length: 1 is one whole core. */
  cpuShare: number;
}

/** The busiest first; none where a trace does not tell: a snapshot of the flight recorder, or a file that was cut. */
export function threadsReport({ end, ticks }: Trace): ThreadReport[] {
  const lengthMs = ticks / ticksPerMs;
  const threads = (end?.threads ?? []).map(thread => ({
    ...thread,
    cpuShare: lengthMs === 0 ? 0 : thread.cpuMs / lengthMs,
  }));
  return threads.sort((a, b) => b.cpuMs - a.cpuMs);
}
