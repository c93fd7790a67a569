/** `nops trace diff a b`: which groups of tasks got slower or faster, and in what. */

import type { TraceDiff } from '@nops/core/protocol/trace-results';
import { groupTasks } from '@nops/core/trace/groups';
import { diffGroups, type GroupDiff } from '@nops/core/trace/report/diff';
import { formatMillis } from '@nops/core/units/format';
import { type Column, formatTable } from '../../output/table.js';
import { formatNotes, headOf } from '../head.js';
import { formatAccount } from '../print-groups.js';
import { firstOf, type TraceReport } from '../report.js';

export const diff: TraceReport<TraceDiff> = {
  takes: 0,
  traces: 2,
  compute(traces) {
    const before = firstOf(traces);
    const after = firstOf(traces.slice(1));
    const heads = [headOf('tasks', before), headOf('tasks', after)];
    const [first, second] = heads.map(({ source, seconds }) => ({ source, seconds }));
    if (first === undefined || second === undefined) throw new Error('two traces are compared');
    return {
      schema: 'nops.trace.diff/1',
      before: first,
      after: second,
      notes: heads.flatMap(({ source, notes }) => notes.map(note => `${source}: ${note}`)),
      groups: diffGroups(groupTasks(before.trace, before.accounts), groupTasks(after.trace, after.accounts)),
    };
  },
  print(result, output) {
    const { before, after, groups, notes } = result;
    const table = groups.length === 0 ? 'no task was seen\n' : formatTable(columns, groups.map(cells), output);
    return `before: ${before.source}, ${before.seconds.toFixed(1)} s\nafter: ${after.source}, ${after.seconds.toFixed(1)} s\n\n${table}${formatNotes(notes, output)}`;
  },
};

const columns: Column[] = [
  { head: 'KIND' },
  { head: 'NAME', cut: 'end' },
  { head: 'COUNT', align: 'right' },
  { head: 'P50', align: 'right' },
  { head: 'CHANGE', align: 'right' },
  { head: 'IN', cut: 'end' },
];

function cells({ kind, name, before, after, changeMs, totalChangeMs }: GroupDiff): string[] {
  const both = (of: (side: NonNullable<GroupDiff['before']>) => string) =>
    [before, after].map(side => (side === null ? '-' : of(side))).join(' → ');
  return [
    kind,
    name,
    both(side => String(side.count)),
    both(side => formatMillis(side.p50Ms)),
    `${totalChangeMs > 0 ? '+' : ''}${formatMillis(totalChangeMs)}`,
    formatAccount(changeMs),
  ];
}
