/** The costliest functions as a table, in the order of `go tool pprof -top`. */

import type { TopEntry } from '@nops/core/protocol/results';
import type { Output } from './output.js';
import { type Column, formatTable } from './table.js';

const printedLimit = 20;

const columns: Column[] = [
  { head: 'FLAT', align: 'right' },
  { head: 'FLAT%', align: 'right' },
  { head: 'SUM%', align: 'right' },
  { head: 'CUM', align: 'right' },
  { head: 'CUM%', align: 'right' },
  { head: 'FUNCTION', cut: 'end' },
  { head: 'FILE', cut: 'start' },
];

/** `format` writes a value of the profile with its unit. */
export function formatTop(top: TopEntry[], total: number, format: (value: number) => string, output: Output): string {
  let sum = 0;
  const rows = top.slice(0, printedLimit).map(entry => {
    sum += entry.flat;
    return [
      format(entry.flat),
      `${entry.flatPercent.toFixed(1)}%`,
      `${(total === 0 ? 0 : (sum / total) * 100).toFixed(1)}%`,
      format(entry.cum),
      `${entry.cumPercent.toFixed(1)}%`,
      entry.function === '' ? '(anonymous)' : entry.function,
      entry.file === '' ? '' : `${entry.file}:${entry.line}`,
    ];
  });
  return formatTable(columns, rows, output);
}
