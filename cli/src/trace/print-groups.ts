/** Groups of tasks as text: one line each, and what the mean task's time went to. */

import { type Account, type Column as AccountColumn, columns } from '@nops/core/trace/columns';
import type { TaskGroup } from '@nops/core/trace/groups';
import { formatMillis } from '@nops/core/units/format';
import type { Output } from '../output/output.js';
import { type Column, formatTable } from '../output/table.js';

const heads: Column[] = [
  { head: 'KIND' },
  { head: 'NAME', cut: 'end' },
  { head: 'COUNT', align: 'right' },
  { head: 'P50', align: 'right' },
  { head: 'P95', align: 'right' },
  { head: 'P99', align: 'right' },
  { head: 'MEAN OF EACH WENT TO', cut: 'end' },
];

export function formatGroups(groups: readonly TaskGroup[], output: Output): string {
  const rows = groups.map(group => [
    group.kind,
    group.name,
    group.open === 0 ? String(group.count) : `${group.count}+${group.open}`,
    ...(group.count === 0 ? ['-', '-', '-'] : [group.p50Ms, group.p95Ms, group.p99Ms].map(formatMillis)),
    formatAccount(group.accountMs),
  ]);
  return rows.length === 0 ? 'no task was seen\n' : formatTable(heads, rows, output);
}

/** The largest first; what is less than a hundredth is left out. */
export function formatAccount(account: Account): string {
  const total = columns.reduce((sum, column) => sum + Math.abs(account[column]), 0);
  return columns
    .filter(column => Math.abs(account[column]) > total / 100)
    .sort((a, b) => Math.abs(account[b]) - Math.abs(account[a]))
    .map(column => `${label(column)} ${formatMillis(account[column])}`)
    .join(', ');
}

export function label(column: AccountColumn): string {
  return columnLabels[column] ?? column;
}

const columnLabels: Partial<Record<AccountColumn, string>> = {
  js: 'JS',
  gc: 'GC',
  loopWait: 'loop wait',
  firstByte: 'first byte',
  tls: 'TLS',
  dns: 'DNS',
};
