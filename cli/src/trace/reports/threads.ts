/** `nops trace threads`: the CPU time of each thread. */

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
  print(result, output) {
    const table =
      result.threads.length === 0
        ? 'no CPU time of threads in this trace: it is a snapshot of the flight recorder, or was cut\n'
        : formatTable(columns, result.threads.map(cells), output);
    return `${formatHead(result)}\n${table}${formatNotes(result.notes, output)}`;
  },
};

const columns: Column[] = [
  { head: 'TID', align: 'right' },
  { head: 'THREAD' },
  { head: 'ROLE' },
  { head: 'CPU TIME', align: 'right' },
  { head: 'OF A CORE', align: 'right' },
];

function cells({ tid, name, role, cpuMs, cpuShare }: ThreadReport): string[] {
  return [String(tid), name, role, formatMillis(cpuMs), formatShare(cpuShare)];
}
