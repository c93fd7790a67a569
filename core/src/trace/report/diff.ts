/** Two traces, group by group: what each column of the accounts gained or lost. */

import { type Account, columns, emptyAccount } from '../columns.js';
import type { TaskGroup } from '../groups.js';

export interface GroupDiff {
  kind: TaskGroup['kind'];
  name: string;
  before: { count: number; p50Ms: number; p99Ms: number } | null;
  after: { count: number; p50Ms: number; p99Ms: number } | null;
  /** Mean per task, after minus before; of a group that only one has, its own with that sign. */
  changeMs: Account;
  totalChangeMs: number;
}

/** The largest change first. */
export function diffGroups(before: readonly TaskGroup[], after: readonly TaskGroup[]): GroupDiff[] {
  const keyOf = ({ kind, name }: TaskGroup) => `${kind} ${name}`;
  const olds = new Map(before.map(group => [keyOf(group), group]));
  const news = new Map(after.map(group => [keyOf(group), group]));
  return [...new Set([...olds.keys(), ...news.keys()])]
    .flatMap(key => compare(olds.get(key), news.get(key)))
    .sort((a, b) => Math.abs(b.totalChangeMs) - Math.abs(a.totalChangeMs));
}

function compare(before: TaskGroup | undefined, after: TaskGroup | undefined): GroupDiff[] {
  const either = after ?? before;
  if (either === undefined) return [];
  const changeMs = emptyAccount();
  for (const column of columns) changeMs[column] = (after?.accountMs[column] ?? 0) - (before?.accountMs[column] ?? 0);
  const side = (group: TaskGroup | undefined) =>
    group === undefined ? null : { count: group.count, p50Ms: group.p50Ms, p99Ms: group.p99Ms };
  return [
    {
      kind: either.kind,
      name: either.name,
      before: side(before),
      after: side(after),
      changeMs,
      totalChangeMs: columns.reduce((sum, column) => sum + changeMs[column], 0),
    },
  ];
}
