/** Tasks by kind and name: how many, how long, and what their time went to. */

import type { Accounts } from './account.js';
import { type Account, columns, emptyAccount } from './columns.js';
import { ticksPerMs } from './format.js';
import { type TaskKind, type Trace, taskKinds } from './model.js';

export interface TaskGroup {
  kind: Exclude<TaskKind, 'own'>;
  name: string;
  count: number;
  /** Begun and not ended when the trace did. */
  open: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** Mean of a task; its sum is their mean length. */
  accountMs: Account;
  /** Numbers of the slowest, for `task <id>`. */
  slowest: { id: number; ms: number }[];
}

const slowestKept = 5;

/** Those that took most time first. */
export function groupTasks(trace: Trace, accounts: Accounts, kinds?: readonly TaskKind[]): TaskGroup[] {
  return members(trace, kinds)
    .map(group => describe(trace, accounts, group))
    .sort((a, b) => total(b) - total(a) || a.name.localeCompare(b.name));
}

/** Tasks by kind and name: first how many, then which, so that all are in one array. */
function members({ tasks }: Trace, wanted?: readonly TaskKind[]): Uint32Array[] {
  const counts = new Map<number, number>();
  const keyOf = (task: number) => (tasks.name[task] ?? 0) * taskKinds.length + (tasks.kind[task] ?? 0);
  const isWanted = taskKinds.map(kind => kind !== 'own' && wanted?.includes(kind) !== false);
  let all = 0;
  const each = (visit: (task: number, key: number) => void) => {
    for (let task = 0; task < tasks.count; task++) if (isWanted[tasks.kind[task] ?? 0]) visit(task, keyOf(task));
  };
  each((_, key) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    all++;
  });
  const sorted = new Uint32Array(all);
  const ends = new Map<number, number>();
  let at = 0;
  for (const [key, count] of counts) {
    ends.set(key, at);
    at += count;
  }
  each((task, key) => {
    const end = ends.get(key) ?? 0;
    sorted[end] = task;
    ends.set(key, end + 1);
  });
  return [...counts].map(([key, count]) => sorted.subarray((ends.get(key) ?? 0) - count, ends.get(key)));
}

export function lengthMs(trace: Trace, task: number): number {
  return lengthTicks(trace, task) / ticksPerMs;
}

function lengthTicks({ tasks }: Trace, task: number): number {
  return Math.max(0, (tasks.end[task] ?? 0) - (tasks.begin[task] ?? 0));
}

function describe(trace: Trace, accounts: Accounts, group: Uint32Array): TaskGroup {
  const { tasks, names } = trace;
  const [first = 0] = group;
  const ended = moveEnded(trace, group);
  const lengths = ended.map(task => lengthTicks(trace, task)).sort();
  const accountMs = emptyAccount();
  for (const task of ended) {
    const account = accounts.of(task);
    for (const column of columns) accountMs[column] += account[column] / ended.length;
  }
  return {
    kind: (taskKinds[tasks.kind[first] ?? 0] ?? 'async') as TaskGroup['kind'],
    name: names[tasks.name[first] ?? 0] ?? '',
    count: ended.length,
    open: group.length - ended.length,
    p50Ms: percentileMs(lengths, 0.5),
    p95Ms: percentileMs(lengths, 0.95),
    p99Ms: percentileMs(lengths, 0.99),
    accountMs,
    slowest: slowestOf(trace, ended),
  };
}

/** Those that have ended, in the place of all: a group can be most of a trace's tasks. */
function moveEnded({ tasks }: Trace, group: Uint32Array): Uint32Array {
  let count = 0;
  for (const task of group) if ((tasks.end[task] ?? 0) > 0) group[count++] = task;
  return group.subarray(0, count);
}

function slowestOf(trace: Trace, ended: Uint32Array): TaskGroup['slowest'] {
  const slowest: TaskGroup['slowest'] = [];
  for (const id of ended) {
    const ms = lengthMs(trace, id);
    if (slowest.length === slowestKept && ms <= (slowest.at(-1)?.ms ?? 0)) continue;
    slowest.push({ id, ms });
    slowest.sort((a, b) => b.ms - a.ms);
    slowest.length = Math.min(slowest.length, slowestKept);
  }
  return slowest;
}

/** The nearest rank; 0 for none. */
function percentileMs(sorted: Uint32Array, share: number): number {
  return (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0) / ticksPerMs;
}

function total({ accountMs, count }: TaskGroup): number {
  return columns.reduce((sum, column) => sum + accountMs[column], 0) * count;
}
