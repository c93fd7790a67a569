/** `nops trace threads`: the main thread, and libuv's as far as they tell. */

import type { TraceThreads } from '@nops/core/protocol/trace-results';
import { type ThreadReport, threadsReport } from '@nops/core/trace/report/threads';
import { formatMillis, formatShare } from '@nops/core/units/format';
import { type Column, formatTable } from '../../output/table.js';
import { formatHead, formatNotes, headOf } from '../head.js';
import { firstOf, type TraceReport } from '../report.js';

export const threads: TraceReport<TraceThreads> = {
  takes: 0,
  traces: 1,
  compute: traces => ({ ...headOf('threads', firstOf(traces)), threads: threadsReport(firstOf(traces).trace) }),
  print: (result, output) =>
    `${formatHead(result)}\n${formatTable(columns, result.threads.map(cells), output)}${formatNotes(result.notes, output)}`,
};

const columns: Column[] = [
  { head: 'TID', align: 'right' },
  { head: 'ROLE' },
  { head: 'BUSY', align: 'right' },
  { head: '', align: 'right' },
  { head: 'COUNT', align: 'right' },
  { head: 'WORK', cut: 'end' },
];

function cells({ tid, role, busyMs, busyShare, count, work }: ThreadReport): string[] {
  const kinds = work.map(kind => `${kind.name} ${formatMillis(kind.ms)}`).join(', ');
  return [String(tid), role, formatMillis(busyMs), formatShare(busyShare), String(count), kinds];
}
