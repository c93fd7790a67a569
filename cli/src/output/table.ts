/**
 * Tables without borders. Cells are plain text: they are made printable here, and painted only afterwards. On a terminal
 * the columns that may be cut give way, widest first, until a row fits; elsewhere nothing is cut.
 */

import { createRequire } from 'node:module';
import { printable } from '@nops/core/units/printable';
import type { Output } from './output.js';

/** Required, not imported, for the same reason as in color.ts. */
const Table = createRequire(import.meta.url)('cli-table3') as typeof import('cli-table3');

export interface Column {
  head: string;
  /** Numbers are aligned right. */
  align?: 'left' | 'right';
  /** May be cut at this side, with an ellipsis, down to `narrowest`: of a path the end tells most. */
  cut?: 'start' | 'end';
  paint?: (text: string) => string;
}

const gap = 2;
const narrowest = 12;

/** The table as lines with a newline after each; empty when there are no rows. */
export function formatTable(columns: Column[], rows: string[][], output: Output): string {
  if (rows.length === 0) return '';
  const cells = fit(
    columns,
    rows.map(row => row.map(printable)),
    output.width,
  );
  const table = new Table({
    head: columns.map(column => column.head),
    colAligns: columns.map(column => column.align ?? 'left'),
    chars: { ...noBorders, middle: ' '.repeat(gap) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  for (const row of cells) table.push(row.map((text, index) => columns[index]?.paint?.(text) ?? text));
  const [head = '', ...body] = table.toString().split('\n');
  return [output.colors.head(head.trimEnd()), ...body.map(line => line.trimEnd())].map(line => `${line}\n`).join('');
}

/** `cells`, cut where rows would be wider than `limit`. */
function fit(columns: Column[], cells: string[][], limit: number | undefined): string[][] {
  if (limit === undefined) return cells;
  const widths = columns.map((column, index) =>
    Math.max(column.head.length, ...cells.map(row => row[index]?.length ?? 0)),
  );
  let excess = widths.reduce((sum, width) => sum + width + gap, -gap) - limit;
  for (; excess > 0; excess--) {
    const widest = widestToCut(columns, widths);
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return cells.map(row => row.map((text, index) => cut(text, widths[index] ?? text.length, columns[index]?.cut)));
}

function widestToCut(columns: Column[], widths: number[]): number | undefined {
  let widest: number | undefined;
  columns.forEach((column, index) => {
    const width = widths[index] ?? 0;
    if (column.cut !== undefined && width > narrowest && width > (widths[widest ?? -1] ?? 0)) widest = index;
  });
  return widest;
}

function cut(text: string, width: number, side: Column['cut']): string {
  if (text.length <= width) return text;
  return side === 'start' ? `…${text.slice(1 - width)}` : `${text.slice(0, width - 1)}…`;
}

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
};
