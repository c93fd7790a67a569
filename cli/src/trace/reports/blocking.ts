/** `nops trace net|sync|fs|sched|threadpool`: what was waited for, by what it was and who began it; also as a profile. */

import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import type { TraceBlocking } from '@nops/core/protocol/trace-results';
import { type BlockingReport, type BlockingRow, blocking } from '@nops/core/trace/report/blocking';
import { ownFrame } from '@nops/core/trace/report/stacks';
import { blockingProfile } from '@nops/core/trace/report/to-profile';
import { formatMillis } from '@nops/core/units/format';
import { type Column, formatTable } from '../../output/table.js';
import { checkWritable, writeWhole } from '../../output/write-file.js';
import { formatHead, formatNotes, headOf } from '../head.js';
import { label } from '../print-groups.js';
import { firstOf, type TraceReport } from '../report.js';

const rowsShown = 25;

export function blockingReport(name: BlockingReport): TraceReport<TraceBlocking> {
  return {
    takes: 0,
    traces: 1,
    compute(traces, _words, args) {
      const open = firstOf(traces);
      const file = args.text('pprof');
      if (file !== undefined) checkWritable(file);
      const rows = blocking(open.trace, open.accounts, name);
      const result = { ...headOf(name, open), rows, totalMs: rows.reduce((sum, row) => sum + row.totalMs, 0) };
      if (file === undefined) return result;
      writeWhole(file, gzipSync(encodeProfile(blockingProfile(open.trace, rows))));
      return { ...result, file };
    },
    print(result, output) {
      const { rows, file } = result;
      const more = rows.length > rowsShown ? `… ${rows.length - rowsShown} more: --json has all\n` : '';
      const table =
        rows.length === 0
          ? 'nothing of this was waited for\n'
          : formatTable(columns, rows.slice(0, rowsShown).map(cells), output);
      const written = file === undefined ? '' : `\nwritten to ${file}\n`;
      return `${formatHead(result)}\n${table}${more}${written}${formatNotes(result.notes, output)}`;
    },
  };
}

const columns: Column[] = [
  { head: 'TOTAL', align: 'right' },
  { head: 'COUNT', align: 'right' },
  { head: 'MEAN', align: 'right' },
  { head: 'MAX', align: 'right' },
  { head: 'WAIT' },
  { head: 'FOR', cut: 'end' },
  { head: 'BY', cut: 'start' },
];

function cells({ totalMs, count, maxMs, column, what, stack, stackFrom }: BlockingRow): string[] {
  const by = stack === '' ? '-' : `${ownFrame(stack)}${stackFrom === 'sample' ? ' (sampled)' : ''}`;
  return [
    formatMillis(totalMs),
    String(count),
    formatMillis(totalMs / count),
    formatMillis(maxMs),
    label(column),
    what,
    by,
  ];
}
