/** One task: its account, and what happened in it in order. */

import type { Accounts } from '../account.js';
import type { Account, Column } from '../columns.js';
import { ticksPerMs } from '../format.js';
import { lengthMs } from '../groups.js';
import { type TaskKind, type Trace, taskKinds } from '../model.js';

export interface TaskEvent {
  /** Since the task began. */
  atMs: number;
  ms: number;
  what: 'ran' | 'waited' | 'log' | 'mark' | 'measure' | 'region' | 'request' | 'task';
  column: Column | null;
  text: string;
  /** Who began what was waited for; a diagnostics channel told it. */
  stack: string;
}

export interface TaskReport {
  id: number;
  kind: TaskKind;
  name: string;
  beginMs: number;
  ms: number;
  status: number | null;
  aborted: boolean;
  accountMs: Account;
  events: TaskEvent[];
}

/** undefined for a number that is no task's. */
export function taskReport(trace: Trace, accounts: Accounts, id: number): TaskReport | undefined {
  const { tasks, names } = trace;
  if (!Number.isInteger(id) || id < 0 || id >= tasks.count) return undefined;
  const begin = tasks.begin[id] ?? 0;
  const events: TaskEvent[] = [];
  const add = (ticks: number, length: number, event: Omit<TaskEvent, 'atMs' | 'ms'>) =>
    events.push({ atMs: (ticks - begin) / ticksPerMs, ms: length / ticksPerMs, ...event });
  const accountMs = accounts.of(id, wait => {
    const { peer = '', stack = '' } = wait.client ?? {};
    add(wait.begin, wait.end - wait.begin, {
      what: 'waited',
      column: wait.column,
      text: peer === '' ? wait.type : peer,
      stack,
    });
  });
  for (const segment of accounts.segments(id)) {
    const at = trace.segments.begin[segment] ?? 0;
    const type = (trace.segments.id[segment] ?? 0) | 0;
    add(at, (trace.segments.end[segment] ?? 0) - at, {
      what: 'ran',
      column: 'js',
      text: trace.types[type < 0 ? 0 : (trace.resources.type[type] ?? 0)] ?? '',
      stack: '',
    });
  }
  for (const client of accounts.clients(id)) {
    const text = `${names[tasks.name[client.task] ?? 0]} to ${client.peer}: ${client.failed ? 'failed' : client.status}`;
    add(client.begin, (client.end || trace.ticks) - client.begin, {
      what: 'request',
      column: null,
      text,
      stack: client.stack,
    });
  }
  for (const line of trace.log) {
    if (line.owner === id + 1)
      add(line.ticks, line.durationTicks, { what: line.what, column: null, text: line.text, stack: '' });
  }
  for (let part = id + 1; part < tasks.count; part++) {
    if (tasks.parent[part] !== id + 1 || taskKinds[tasks.kind[part] ?? 0] !== 'user') continue;
    add(tasks.begin[part] ?? 0, (tasks.end[part] || trace.ticks) - (tasks.begin[part] ?? 0), {
      what: 'task',
      column: null,
      text: names[tasks.name[part] ?? 0] ?? '',
      stack: '',
    });
  }
  return {
    id,
    kind: taskKinds[tasks.kind[id] ?? 0] ?? 'async',
    name: names[tasks.name[id] ?? 0] ?? '',
    beginMs: begin / ticksPerMs,
    ms: lengthMs(trace, id),
    status: tasks.status[id] || null,
    aborted: trace.aborted.has(id),
    accountMs,
    events: events.sort((a, b) => a.atMs - b.atMs || b.ms - a.ms),
  };
}
