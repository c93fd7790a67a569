/** `nops trace loop`: how busy the event loop was, what held it longest, and how little of it was free at worst. */

import type { TraceLoop } from '@nops/core/protocol/trace-results';
import { loopReport, type Stall } from '@nops/core/trace/report/loop';
import { ownFrame } from '@nops/core/trace/report/stacks';
import { formatMillis, formatShare } from '@nops/core/units/format';
import { type Column, formatTable } from '../../output/table.js';
import { formatHead, formatNotes, headOf } from '../head.js';
import { firstOf, type TraceReport } from '../report.js';

export const loop: TraceReport<TraceLoop> = {
  takes: 0,
  traces: 1,
  compute: traces => ({ ...headOf('loop', firstOf(traces)), ...loopReport(firstOf(traces).trace) }),
  print(result, output) {
    const curve = result.curve.map(({ windowMs, freeShare, beginMs }) => [
      formatMillis(windowMs),
      formatShare(freeShare),
      formatMillis(beginMs),
    ]);
    return [
      formatHead(result),
      `${formatShare(result.utilization)} busy, ${result.turns} turns: ${formatPhases(result)}\n\n`,
      formatTable(stallColumns, result.stalls.map(cells), output),
      '\nthe worst window of each length:\n',
      formatTable(curveColumns, curve, output),
      formatNotes(result.notes, output),
    ].join('');
  },
};

function formatPhases({ phases: { timersMs, pollMs, checkMs, delay } }: TraceLoop): string {
  const callbacks = `timers ${formatMillis(timersMs)}, events ${formatMillis(pollMs)}, immediates ${formatMillis(checkMs)}`;
  if (delay === null) return callbacks;
  return `${callbacks}; timers late by p50 ${formatMillis(delay.p50Ms)}, p99 ${formatMillis(delay.p99Ms)}, at most ${formatMillis(delay.maxMs)}`;
}

const stallColumns: Column[] = [
  { head: 'STALL', align: 'right' },
  { head: 'AT', align: 'right' },
  { head: 'GC', align: 'right' },
  { head: 'BLOCKING I/O', align: 'right' },
  { head: 'TASK', cut: 'end' },
  { head: 'WHERE', cut: 'start' },
];

const curveColumns: Column[] = [
  { head: 'WINDOW', align: 'right' },
  { head: 'FREE', align: 'right' },
  { head: 'AT', align: 'right' },
];

function cells({ ms, beginMs, gcMs, syncMs, task, stack }: Stall): string[] {
  const who = task === null ? '-' : `${task.id}: ${task.kind} ${task.name}`;
  return [...[ms, beginMs, gcMs, syncMs].map(formatMillis), who, ownFrame(stack) || '-'];
}
