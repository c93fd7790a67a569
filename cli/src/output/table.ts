/**
 * Tables without borders. Cells are printable text, and painted only afterwards. On a terminal
 * the columns that may be cut give way, widest first, until a row fits; elsewhere nothing is cut.
 */

import type { Output } from './output.js';
import { cutText, textWidth } from './text-width.js';

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
  const cells = fit(columns, rows, output.width);
  const widths = columns.map(({ head }, index) => widest([head, ...cells.map(row => row[index] ?? '')]));
  const line = (row: string[], paint: boolean) =>
    columns
      .map(({ align, paint: painter }, index) => {
        const text = row[index] ?? '';
        const pad = ' '.repeat((widths[index] ?? 0) - textWidth(text));
        const shown = paint && painter !== undefined ? painter(text) : text;
        return align === 'right' ? pad + shown : shown + pad;
      })
      .join(' '.repeat(gap))
      .trimEnd();
  const heads = columns.map(column => column.head);
  const head = output.colors.head(line(heads, false));
  return [head, ...cells.map(row => line(row, true))].map(text => `${text}\n`).join('');
}

function widest(texts: string[]): number {
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), 0);
}

/** `cells`, cut where rows would be wider than `limit`. */
function fit(columns: Column[], cells: string[][], limit: number | undefined): string[][] {
  if (limit === undefined) return cells;
  const widths = columns.map(({ head }, index) => widest([head, ...cells.map(row => row[index] ?? '')]));
  let excess = widths.reduce((sum, width) => sum + width + gap, -gap) - limit;
  for (; excess > 0; excess--) {
    const index = widestToCut(columns, widths);
    if (index === undefined) break;
    widths[index] = (widths[index] ?? 0) - 1;
  }
  return cells.map(row =>
    row.map((text, index) => cutText(text, widths[index] ?? text.length, columns[index]?.cut ?? 'end')),
  );
}

function widestToCut(columns: Column[], widths: number[]): number | undefined {
  let found: number | undefined;
  columns.forEach((column, index) => {
    const width = widths[index] ?? 0;
    if (column.cut !== undefined && width > narrowest && width > (widths[found ?? -1] ?? 0)) found = index;
  });
  return found;
}
