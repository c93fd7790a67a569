/** `nops trace tasks`: tasks by kind and route, and what their time went to. */

import { NopsError } from '@nops/core/protocol/errors';
import type { TraceTasks } from '@nops/core/protocol/trace-results';
import { groupTasks } from '@nops/core/trace/groups';
import { type TaskKind, taskKinds } from '@nops/core/trace/model';
import { formatMillis } from '@nops/core/units/format';
import type { Args } from '../../command-line/args.js';
import { formatHead, formatNotes, headOf } from '../head.js';
import { formatGroups } from '../print-groups.js';
import { firstOf, type TraceReport } from '../report.js';

export const tasks: TraceReport<TraceTasks> = {
  takes: 0,
  traces: 1,
  compute: (traces, _words, args) => {
    const open = firstOf(traces);
    return { ...headOf('tasks', open), groups: groupTasks(open.trace, open.accounts, parseKinds(args)) };
  },
  print: (result, output) => {
    const slowest = result.groups
      .flatMap(({ kind, name, slowest: [first] }) => (first === undefined ? [] : [{ kind, name, ...first }]))
      .slice(0, 5)
      .map(({ id, kind, name, ms }) => `  nops trace task ${id}   ${formatMillis(ms)}, ${kind} ${name}\n`)
      .join('');
    const links = slowest === '' ? '' : `\nslowest of the first groups, with what happened in each:\n${slowest}`;
    return `${formatHead(result)}\n${formatGroups(result.groups, output)}${links}${formatNotes(result.notes, output)}`;
  },
};

function parseKinds(args: Args): TaskKind[] | undefined {
  const text = args.text('kind');
  if (text === undefined) return undefined;
  const known = taskKinds.filter(kind => kind !== 'own');
  const kind = known.find(name => name === text);
  if (kind !== undefined) return [kind];
  throw new NopsError('usage', `--kind must be one of ${known.join(', ')}: ${JSON.stringify(text)}`);
}
