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
  const members = new Map<string, number[]>();
  const { tasks } = trace;
  for (let task = 0; task < tasks.count; task++) {
    const kind = taskKinds[tasks.kind[task] ?? 0] ?? 'own';
    if (kind === 'own' || kinds?.includes(kind) === false) continue;
    const key = `${tasks.kind[task]} ${tasks.name[task]}`;
    const group = members.get(key);
    if (group === undefined) members.set(key, [task]);
    else group.push(task);
  }
  return [...members.values()]
    .map(group => describe(trace, accounts, group))
    .sort((a, b) => total(b) - total(a) || a.name.localeCompare(b.name));
}

export function lengthMs({ tasks }: Trace, task: number): number {
  return Math.max(0, (tasks.end[task] ?? 0) - (tasks.begin[task] ?? 0)) / ticksPerMs;
}

function describe(trace: Trace, accounts: Accounts, group: number[]): TaskGroup {
  const { tasks, names } = trace;
  const [first = 0] = group;
  const ended = group.filter(task => (tasks.end[task] ?? 0) > 0);
  const lengths = Float64Array.from(ended, task => lengthMs(trace, task)).sort();
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
    p50Ms: percentile(lengths, 0.5),
    p95Ms: percentile(lengths, 0.95),
    p99Ms: percentile(lengths, 0.99),
    accountMs,
    slowest: slowestOf(trace, ended),
  };
}

function slowestOf(trace: Trace, ended: number[]): TaskGroup['slowest'] {
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
function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function total({ accountMs, count }: TaskGroup): number {
  return columns.reduce((sum, column) => sum + accountMs[column], 0) * count;
}
