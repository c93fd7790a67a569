/** `nops trace task <id>`: one task's account, and what happened in it, in order. */

import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { TraceTask } from '@nops/core/protocol/trace-results';
import { ownFrame } from '@nops/core/trace/report/stacks';
import { type TaskEvent, taskReport } from '@nops/core/trace/report/task-log';
import { formatMillis } from '@nops/core/units/format';
import { type Column, formatTable } from '../../output/table.js';
import { formatHead, formatNotes, headOf } from '../head.js';
import { formatAccount, label } from '../print-groups.js';
import { firstOf, type TraceReport } from '../report.js';

const eventsShown = 200;
const bounds = { min: 0, max: 999_999_999, fallback: 0 };

export const task: TraceReport<TraceTask> = {
  takes: 1,
  traces: 1,
  compute(traces, [id]) {
    const open = firstOf(traces);
    const report = taskReport(open.trace, open.accounts, parseWhole('task', id, bounds));
    if (report !== undefined) return { ...headOf('task', open), ...report };
    throw new NopsError(
      'usage',
      `there is no task ${id} in ${open.source}`,
      'nops trace tasks <file>   tells the slowest',
    );
  },
  print(result, output) {
    const { id, kind, name, ms, status, aborted, accountMs, events } = result;
    const how = `${status === null ? '' : `, status ${status}`}${aborted ? (kind === 'user' ? ', failed' : ', the client left') : ''}`;
    const more = events.length > eventsShown ? `… ${events.length - eventsShown} more: --json has all\n` : '';
    return [
      formatHead(result),
      `task ${id}: ${kind} ${name}, ${formatMillis(ms)}${how}\n`,
      `went to: ${formatAccount(accountMs)}\n\n`,
      formatTable(columns, events.slice(0, eventsShown).map(cells), output),
      more,
      formatNotes(result.notes, output),
    ].join('');
  },
};

const columns: Column[] = [
  { head: 'AT', align: 'right' },
  { head: 'FOR', align: 'right' },
  { head: 'WHAT' },
  { head: '', cut: 'end' },
];

function cells({ atMs, ms, what, column, text, stack }: TaskEvent): string[] {
  const kind = what === 'waited' && column !== null ? `waited: ${label(column)}` : what;
  return [formatMillis(atMs), formatMillis(ms), kind, stack === '' ? text : `${text}, by ${ownFrame(stack)}`];
}
