/** performance.mark and measure, as the observer tells them. */

import { PerformanceObserver } from 'node:perf_hooks';
import { kinds, marks, ticksPerMs } from '@nops/core/trace/format';
import type { Writer } from './writer.js';

/** Returns what stops it. */
export function recordPerformance(writer: Writer): () => void {
  const observer = new PerformanceObserver(list => {
    writer.put(kinds.mark | (marks.own << 8), 0, 0);
    for (const { entryType, name, duration, startTime } of list.getEntries()) {
      const began = writer.ticksAt(startTime);
      if (entryType === 'mark') writer.put(kinds.mark | (marks.perfMark << 8), writer.text(name), began);
      else writer.put(kinds.measure | (writer.text(name) << 8), duration * ticksPerMs, began);
    }
  });
  observer.observe({ entryTypes: ['mark', 'measure'] });
  return () => observer.disconnect();
}
