/** How busy a recording was, second by second and within each: a column is a second (or several), a row a part of it. */

import type { Shape } from './reshape.js';
import { isSelected, type Selection } from './select.js';
import type { SampleStore } from './store.js';

export interface HeatMap {
  columnNanos: number;
  rowNanos: number;
  columns: number;
  rows: number;
  /** cells[column * rows + row]: the part of the cell's time that samples fill, 0 to 1. */
  cells: Float32Array;
}

/** As many columns as fit on a screen, and as many rows as can be pointed at. */
const maxColumns = 240;
const rows = 25;
/** Of a column, from the shortest that is enough. */
const columnSeconds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200];

export function heatMap(store: SampleStore, { leaves }: Shape, selection: Selection): HeatMap | undefined {
  const { starts, durationNanos } = store;
  const durations = store.values[store.sampleTypes.findIndex(({ unit }) => unit === 'nanoseconds')];
  if (starts === undefined || durations === undefined || !(durationNanos > 0)) return undefined;
  const seconds =
    columnSeconds.find(each => durationNanos / (each * 1e9) <= maxColumns / 4) ?? durationNanos / 1e9 / maxColumns;
  const columnNanos = seconds * 1e9;
  const rowNanos = columnNanos / rows;
  const columns = Math.ceil(durationNanos / columnNanos);
  const cells = new Float32Array(columns * rows);
  for (let i = selection.first; i < selection.end; i++) {
    if ((leaves[i] ?? -1) < 0 || !isSelected(store, selection, i)) continue;
    const from = starts[i] ?? 0;
    const to = Math.min(durationNanos, from + (durations[i] ?? 0));
    for (let cell = Math.floor(from / rowNanos); cell * rowNanos < to; cell++) {
      const share = (Math.min(to, (cell + 1) * rowNanos) - Math.max(from, cell * rowNanos)) / rowNanos;
      cells[cell] = Math.min(1, (cells[cell] ?? 0) + share);
    }
  }
  return { columnNanos, rowNanos, columns, rows, cells };
}
