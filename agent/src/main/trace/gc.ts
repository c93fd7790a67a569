/** Collections with their pauses, and performance.mark and measure, as the observer tells them. */

import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { kinds, marks, ticksPerMs } from '@nops/core/trace/format';
import type { Writer } from './writer.js';

/** Returns what stops it. */
export function recordPerformance(writer: Writer, annotations: boolean): () => void {
  const observer = new PerformanceObserver(list => {
    writer.put(kinds.mark | (marks.own << 8), 0, 0);
    for (const entry of list.getEntries()) record(writer, entry);
  });
  observer.observe({ entryTypes: annotations ? ['gc', 'mark', 'measure'] : ['gc'] });
  return () => observer.disconnect();
}

function record(writer: Writer, entry: PerformanceEntry): void {
  const ticks = entry.duration * ticksPerMs;
  const began = writer.ticksAt(entry.startTime);
  if (entry.entryType === 'gc') {
    const kind = (entry as PerformanceEntry & { detail?: { kind?: number } }).detail?.kind ?? 0;
    writer.put(kinds.gc | (kind << 8), ticks, began);
  } else if (entry.entryType === 'measure') {
    writer.put(kinds.measure | (writer.text(entry.name) << 8), ticks, began);
  } else {
    writer.put(kinds.mark | (marks.perfMark << 8), writer.text(entry.name), began);
  }
}
