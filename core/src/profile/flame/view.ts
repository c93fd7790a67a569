/**
 * Which boxes of a flame graph a window shows, and what is at a point of it. Only visible rows are looked at, each from the first
 * visible box, found by binary search; boxes that are too thin to see are run together, so the work is bounded by pixels, not by boxes.
 */

import { type FlameLayout, rowCount } from './layout.js';
import { countUntil, type FlameMatches, isAnyFound } from './search.js';

export interface FlameWindow {
  /** The part of the profile between the left and the right edge, in units of the sample type. */
  from: number;
  to: number;
  widthPx: number;
  /** Visible rows: firstRow ≤ r < endRow. */
  firstRow: number;
  endRow: number;
}

/** Where what is visible goes. Pixels are from the left edge; a box that reaches over an edge is cut there. */
export interface FlameSink {
  box(box: number, row: number, leftPx: number, widthPx: number): void;
  /** Neighbours that are too thin to show one by one, in whole pixels; `found`: a search found one of them. */
  run(row: number, leftPx: number, widthPx: number, found: boolean): void;
}

/** Boxes that are narrower go into runs. */
const thinnestPx = 1.5;

/** The box of `row` that holds `value`; −1 when there is none. */
export function boxAt(layout: FlameLayout, row: number, value: number): number {
  if (row < 0 || row >= rowCount(layout)) return -1;
  const end = layout.rowStarts[row + 1] ?? 0;
  const box = countUntil(layout.ends, layout.rowStarts[row] ?? 0, end, value);
  return box < end && (layout.starts[box] ?? 0) <= value ? box : -1;
}

/** The row that `box` stands in. */
export function rowOf(layout: FlameLayout, box: number): number {
  return countUntil(layout.rowStarts, 0, layout.rowStarts.length, box) - 1;
}

/** The children of `box` as first ≤ b < end, the largest first. Within a row the callers' numbers ascend. */
export function childrenOf(layout: FlameLayout, box: number): { first: number; end: number } {
  const next = rowOf(layout, box) + 1;
  const rowStart = layout.rowStarts[next] ?? layout.starts.length;
  const rowEnd = layout.rowStarts[next + 1] ?? rowStart;
  const first = countUntil(layout.parents, rowStart, rowEnd, box - 1);
  return { first, end: countUntil(layout.parents, first, rowEnd, box) };
}

/** Hands everything visible to `sink`, row by row and from left to right. `matches` is undefined when nothing is searched. */
export function forEachVisible(
  layout: FlameLayout,
  window: FlameWindow,
  matches: FlameMatches | undefined,
  sink: FlameSink,
): void {
  const endRow = Math.min(window.endRow, rowCount(layout));
  for (let row = Math.max(0, window.firstRow); row < endRow; row++) visitRow(layout, row, window, matches, sink);
}

function visitRow(
  layout: FlameLayout,
  row: number,
  { from, to, widthPx }: FlameWindow,
  matches: FlameMatches | undefined,
  sink: FlameSink,
): void {
  const { starts, ends } = layout;
  const rowEnd = layout.rowStarts[row + 1] ?? 0;
  const scale = widthPx / (to - from);
  const isWide = (box: number) => ((ends[box] ?? 0) - (starts[box] ?? 0)) * scale >= thinnestPx;
  /** The run under way, from `left` to `right` pixels; none when they are equal. */
  let left = 0;
  let right = 0;
  let runFound = false;
  const flush = () => {
    if (right > left) sink.run(row, left, Math.min(right, widthPx) - left, runFound);
    left = right;
  };
  let box = countUntil(ends, layout.rowStarts[row] ?? 0, rowEnd, from);
  while (box < rowEnd && (starts[box] ?? 0) < to) {
    const start = Math.max(0, ((starts[box] ?? 0) - from) * scale);
    const end = Math.min(widthPx, ((ends[box] ?? 0) - from) * scale);
    if (isWide(box)) {
      flush();
      sink.box(box, row, start, end - start);
      box++;
      continue;
    }
    // All thin boxes that start in the same pixel as this one. Only the last of them can reach out of it.
    const pixel = Math.floor(start);
    let next = Math.max(box + 1, countUntil(starts, box, rowEnd, from + (pixel + 1) / scale));
    if (next > box + 1 && isWide(next - 1)) next--;
    const found = matches !== undefined && isAnyFound(matches, box, next);
    if (pixel > right || found !== runFound || right === left) {
      flush();
      left = Math.max(pixel, right);
      runFound = found;
    }
    right = Math.max(pixel + 1, Math.floor(((ends[next - 1] ?? 0) - from) * scale));
    box = next;
  }
  flush();
}
