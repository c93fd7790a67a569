/**
 * Samples as they followed each other: a box is a call, from its first sample to the end of its last one. Samples that follow without a gap
 * share the boxes of the callers that they share. Columns and rows are those of flame/layout.ts; values are nanoseconds since `originNanos`.
 *
 * A long recording has more boxes than fit into memory. Then time is cut into cells, and each shows the sample that it is most of; the
 * cells are as small as `maxBoxes` allows. A close-up has the boxes of a part of that time, in the same coordinates and as long as they are,
 * also where they reach out of the part: so it stands in for the whole while one looks at that part only.
 */

import type { FlameLayout } from '../flame/layout.js';
import type { FlameRange } from '../flame/range.js';
import { countUntil } from '../flame/search.js';
import { GrowingUint32 } from '../growing.js';
import { GrowingFloat64 } from '../growing-float64.js';
import type { Shape } from './reshape.js';
import type { Selection } from './select.js';
import type { SampleStore } from './store.js';
import { counts, durationsOf, gapNanos, reachOf } from './time-reach.js';

export interface TimeOrder {
  layout: FlameLayout;
  /** Length of a cell; 0 when every sample is shown. */
  cellNanos: number;
  /** Since the beginning of the recording: where the selection begins. */
  originNanos: number;
}

/** 24 bytes each. */
const maxBoxes = 5_000_000;
/** Beside the whole's. */
const maxCloseUpBoxes = 1_000_000;

export function timeOrder(
  store: SampleStore,
  shape: Shape,
  type: number,
  selection: Selection,
  limit: number = maxBoxes,
): TimeOrder {
  return collectWithin(limit, { store, shape, type, selection, part: selection });
}

/** `window` is in the coordinates of the layout. */
export function timeCloseUp(
  store: SampleStore,
  shape: Shape,
  type: number,
  selection: Selection,
  window: FlameRange,
  limit: number = maxCloseUpBoxes,
): TimeOrder {
  const { starts = new Float64Array() } = store;
  const { first, end } = selection;
  const { originNanos } = extentOf(store, selection);
  const startedBy = (at: number) => countUntil(starts, first, end, originNanos + at);
  // The sample that is under way when the window begins has started before.
  const part = { first: Math.max(first, startedBy(window.from) - 1), end: startedBy(window.to) };
  return collectWithin(limit, { store, shape, type, selection, part });
}

/** What is collected: the samples of `part`, which is within the selection. */
interface Wanted {
  store: SampleStore;
  shape: Shape;
  type: number;
  selection: Selection;
  part: { first: number; end: number };
}

function collectWithin(limit: number, wanted: Wanted): TimeOrder {
  const { originNanos, span } = extentOf(wanted.store, wanted.selection);
  const { first, end } = wanted.part;
  const part = extentOf(wanted.store, { ...wanted.selection, first, end });
  // Cells that are smaller than a sample is on average would leave out hardly any.
  const smallest = Math.max(1, part.span / Math.max(1, end - first));
  for (let cellNanos = 0; ; cellNanos = cellNanos === 0 ? smallest : cellNanos * 2) {
    const rows = collect(wanted, cellNanos, limit);
    if (rows !== undefined) return { layout: join(rows, originNanos, span), cellNanos, originNanos };
  }
}

function extentOf({ starts, durationNanos }: SampleStore, { first, end }: Selection) {
  const originNanos = first === 0 ? 0 : (starts?.[first] ?? durationNanos);
  return { originNanos, span: Math.max(0, (starts?.[end] ?? durationNanos) - originNanos) };
}

interface Row {
  starts: GrowingFloat64;
  ends: GrowingFloat64;
  groups: GrowingUint32;
  /** Within the row above. */
  parents: GrowingUint32;
}

/** Undefined when there are too many boxes. */
function collect(wanted: Wanted, cellNanos: number, limit: number): Row[] | undefined {
  const { tree } = wanted.shape;
  const rows: Row[] = [];
  /** Nodes of the boxes that are open, outermost first. */
  const open: number[] = [];
  const path: number[] = [];
  let boxes = 0;
  let until = 0;
  const add = (leaf: number, from: number, to: number, reach: readonly number[]) => {
    path.length = 0;
    for (let node = leaf; node > 0; node = tree.parents[node] ?? 0) path.push(node);
    let shared = 0;
    if (from - until <= gapNanos)
      while (shared < open.length && shared < path.length && open[shared] === path[path.length - 1 - shared]) shared++;
    for (let depth = 0; depth < path.length; depth++) {
      if (rows.length === depth) rows.push(newRow());
      const row = rows[depth] ?? newRow();
      if (depth >= shared) {
        const node = path[path.length - 1 - depth] ?? 0;
        open[depth] = node;
        row.starts.push(reach[depth] ?? from);
        row.ends.push(to);
        row.groups.push(tree.groups[node] ?? 0);
        row.parents.push(depth === 0 ? 0 : (rows[depth - 1]?.starts.length ?? 1) - 1);
        boxes++;
      } else row.ends.array[row.ends.length - 1] = to;
    }
    open.length = path.length;
    until = to;
  };
  let last = -1;
  for (const { sample, leaf, from, to } of samplesOf(wanted, cellNanos)) {
    if (leaf < 0) continue;
    add(leaf, from, to, last < 0 && cellNanos === 0 ? reachOf(wanted, sample, -1) : []);
    last = sample;
    if (boxes > limit) return undefined;
  }
  // A cell's sample stands for others, so what it reaches says nothing.
  if (last >= 0 && cellNanos === 0)
    for (const [depth, end] of reachOf(wanted, last, 1).entries()) {
      const row = rows[depth];
      if (row !== undefined) row.ends.array[row.ends.length - 1] = end;
    }
  return rows;
}

/** Samples with their time; of each cell the one that it is most of. */
function* samplesOf(
  { store, shape: { leaves }, type, selection, part }: Wanted,
  cellNanos: number,
): Generator<{ sample: number; leaf: number; from: number; to: number }> {
  const { starts } = store;
  if (starts === undefined) return;
  const durations = durationsOf(store);
  const found = { sample: 0, leaf: -1, from: 0, to: 0 };
  for (let i = part.first; i < part.end; ) {
    const from = starts[i] ?? 0;
    let best = i;
    let end = i + 1;
    if (cellNanos > 0)
      for (; end < part.end && (starts[end] ?? 0) < from + cellNanos; end++)
        if ((durations?.[end] ?? 0) > (durations?.[best] ?? 0)) best = end;
    found.sample = best;
    found.leaf = counts(store, type, selection, best) ? (leaves[best] ?? -1) : -1;
    found.from = from;
    found.to = (starts[end - 1] ?? 0) + (durations?.[end - 1] ?? 0);
    yield found;
    i = end;
  }
}

function newRow(): Row {
  return {
    starts: new GrowingFloat64(64),
    ends: new GrowingFloat64(64),
    groups: new GrowingUint32(64),
    parents: new GrowingUint32(64),
  };
}

function join(rows: Row[], origin: number, span: number): FlameLayout {
  const count = rows.reduce((sum, row) => sum + row.starts.length, 1);
  const layout: FlameLayout = {
    rowStarts: new Uint32Array(rows.length + 2),
    starts: new Float64Array(count),
    ends: new Float64Array(count),
    parents: new Int32Array(count).fill(-1, 0, 1),
    groups: new Uint32Array(count),
  };
  layout.ends[0] = span;
  let at = 1;
  let above = 0;
  layout.rowStarts[1] = 1;
  for (const [r, row] of rows.entries()) {
    const { length } = row.starts;
    layout.groups.set(row.groups.array.subarray(0, length), at);
    for (let i = 0; i < length; i++) {
      layout.starts[at + i] = (row.starts.array[i] ?? 0) - origin;
      layout.ends[at + i] = Math.min(span, (row.ends.array[i] ?? 0) - origin);
      layout.parents[at + i] = above + (row.parents.array[i] ?? 0);
    }
    // What is read no more makes room for the next columns.
    rows[r] = newRow();
    above = at;
    at += length;
    layout.rowStarts[r + 2] = at;
  }
  return layout;
}
