/**
 * The columns of a `.cpuprofile` → SampleStore, with samples where they were in time. What counts and what does not is as in
 * from-cpuprofile.ts: time in which V8 was idle or profiled itself is left out, and a leaf's samples are shared out to its hot lines.
 */

import { NopsError } from '../../protocol/errors.js';
import { idleComment, isIdleFrame, isProfilerFrame } from '../formats/from-cpuprofile.js';
import { GrowingUint32 } from '../growing.js';
import { GrowingFloat64 } from '../growing-float64.js';
import { fileOfUrl } from '../v8-frame.js';
import { type FrameTable, FrameTableBuilder } from './frames.js';
import { NodeTable, type Tree } from './node-table.js';
import type { CpuColumns } from './scan-cpuprofile.js';
import type { SampleStore } from './store.js';

/** Throws `usage` when there is nothing that could be shown. */
export function storeOfCpuProfile(columns: CpuColumns): SampleStore {
  const { samples, startTime, endTime, isWhole } = columns;
  if (samples.length === 0) throw damaged(isWhole ? 'it has no samples' : 'it ends early, before its samples');
  const nodes = orderNodes(columns);
  const { leaves, frames, tree } = placeNodes(columns, nodes.order, nodes.parents);
  const timed = placeSamples(columns, nodes.indexOf, leaves);
  const durationNanos = Math.max(0, endTime - startTime) * 1000 || timed.until;
  const comments = [idleComment(timed.idleNanos, durationNanos)];
  if (!isWhole) comments.push(`the file ends early: ${samples.length} samples are all that is in it`);
  if (timed.unknown > 0) comments.push(`${timed.unknown} samples are of nodes that are not in the file`);
  if (nodes.lost > 0) comments.push(`${nodes.lost} nodes are left out: no caller leads to them`);
  return {
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'wall', unit: 'nanoseconds' },
    ],
    defaultType: 1,
    timeNanos: 0n,
    durationNanos,
    comments,
    frames,
    tree,
    leaves: timed.leaves,
    values: [undefined, timed.durations],
    labelSets: undefined,
    sets: [],
    labels: [],
    starts: timed.starts,
    sides: undefined,
  };
}

/** Callers before callees, from the roots on; what is in a circle is never reached. */
function orderNodes({ ids, callers, callees, parentIds }: CpuColumns) {
  const count = ids.length;
  const indexOf = indexById(ids.array.subarray(0, count));
  const parents = new Int32Array(count).fill(-1);
  for (let i = 0; i < callees.length; i++) {
    const child = indexOf(callees.array[i] ?? 0);
    if (child >= 0) parents[child] = callers.array[i] ?? 0;
  }
  for (let node = 0; node < count; node++) {
    const id = parentIds.array[node] ?? 0;
    if (id > 0) parents[node] = indexOf(id - 1);
  }
  const starts = new Uint32Array(count + 1);
  for (const parent of parents) if (parent >= 0) starts[parent + 1] = (starts[parent + 1] ?? 0) + 1;
  for (let n = 0; n < count; n++) starts[n + 1] = (starts[n + 1] ?? 0) + (starts[n] ?? 0);
  const free = starts.slice();
  const children = new Uint32Array(starts[count] ?? 0);
  for (const [node, parent] of parents.entries()) {
    if (parent < 0) continue;
    const at = free[parent] ?? 0;
    children[at] = node;
    free[parent] = at + 1;
  }
  const order = new Uint32Array(count);
  let placed = 0;
  for (const [node, parent] of parents.entries()) if (parent < 0) order[placed++] = node;
  for (let at = 0; at < placed; at++) {
    const node = order[at] ?? 0;
    for (let c = starts[node] ?? 0; c < (starts[node + 1] ?? 0); c++) order[placed++] = children[c] ?? 0;
  }
  return { order: order.subarray(0, placed), parents, indexOf, lost: count - placed };
}

/** V8 numbers nodes from 1 on, one after the other; others may not. −1 for an unknown id. */
function indexById(ids: Uint32Array): (id: number) => number {
  if (ids.every((id, i) => id === i + 1)) return id => (id >= 1 && id <= ids.length ? id - 1 : -1);
  const numbers = new Map(Array.from(ids, (id, i) => [id, i]));
  return id => numbers.get(id) ?? -1;
}

/** Where a node's samples count: lines with their shares, in turn; or nowhere. */
type Leaf = { lines: { node: number; ticks: number; used: number }[]; ticks: number; used: number };

interface Leaves {
  /** By node of the file, its node in the tree; `idle` and `left` for those that do not count. */
  of: Int32Array;
  /** Of nodes that have hot lines. */
  hot: Map<number, Leaf>;
}

const left = -1;
const idle = -2;

function placeNodes(
  columns: CpuColumns,
  order: Uint32Array,
  parents: Int32Array,
): { leaves: Leaves; frames: FrameTable; tree: Tree } {
  const { names, urls, lines, texts, ticks } = columns;
  const columnOf = (node: number) => Math.max(0, (columns.columns.array[node] ?? 0) - 1);
  const table = new FrameTableBuilder();
  const nodes = new NodeTable();
  const of = new Int32Array(names.length).fill(left);
  const places = new Uint32Array(names.length);
  const functions = new Uint32Array(names.length);
  const known = new Map<string, { functionNumber: number; frame: number; kind: number }>();
  for (const node of order) {
    const parent = parents[node] ?? -1;
    const key = `${names.array[node]}:${urls.array[node]}:${lines.array[node]}:${columnOf(node)}`;
    let own = known.get(key);
    if (own === undefined) {
      own = describe(
        table,
        texts[names.array[node] ?? 0] ?? '',
        texts[urls.array[node] ?? 0] ?? '',
        Math.max(0, (lines.array[node] ?? 0) - 1),
        columnOf(node),
      );
      known.set(key, own);
    }
    functions[node] = own.functionNumber;
    const place = nodes.child(parent < 0 ? 0 : (places[parent] ?? 0), own.frame);
    // V8's (root) is the tree's, unless it is a sample's own.
    places[node] = parent < 0 ? 0 : place;
    of[node] = own.kind === 0 ? place : own.kind;
  }
  const hot = new Map<number, Leaf>();
  for (let t = 0; t < ticks.length; t += 3) {
    const [node = 0, line = 0, count = 0] = ticks.array.subarray(t, t + 3);
    const parent = parents[node] ?? -1;
    if (line <= 0 || count <= 0 || parent < 0 || (of[node] ?? left) < 0) continue;
    const leaf = hot.get(node) ?? { lines: [], ticks: 0, used: 0 };
    const column = line === (lines.array[node] ?? 0) - 1 ? columnOf(node) : 0;
    const at = nodes.child(places[parent] ?? 0, table.frame(functions[node] ?? 0, line, column, ''));
    leaf.lines.push({ node: at, ticks: count, used: 0 });
    leaf.ticks += count;
    hot.set(node, leaf);
  }
  return { leaves: { of, hot }, frames: table.finish(), tree: nodes.finish() };
}

function describe(table: FrameTableBuilder, name: string, url: string, line: number, column: number) {
  const functionNumber = table.function(name || '(anonymous)', fileOfUrl(url), line);
  const kind = isIdleFrame(name, url) ? idle : isProfilerFrame(name, url) ? left : 0;
  return { functionNumber, frame: table.frame(functionNumber, line, column, ''), kind };
}

function placeSamples(
  { samples, deltas, startTime, endTime }: CpuColumns,
  indexOf: (id: number) => number,
  { of, hot }: Leaves,
) {
  const leaves = new GrowingUint32(samples.length);
  const starts = new GrowingFloat64(samples.length);
  const durations = new GrowingFloat64(samples.length);
  let [time, latest, idleNanos, unknown] = [startTime, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    time += delta(i);
    const until = i + 1 < samples.length ? time + delta(i + 1) : Math.max(time, endTime);
    const nanos = Math.max(0, until - time) * 1000;
    const node = indexOf(samples.array[i] ?? 0);
    const place = of[node] ?? left;
    if (node < 0) unknown++;
    if (place === idle) idleNanos += nanos;
    if (place < 0) continue;
    // Clocks of different processors differ by a little; starts ascend all the same.
    latest = Math.max(latest, (time - startTime) * 1000);
    const leaf = hot.get(node);
    leaves.push(leaf === undefined ? place : nextLine(leaf));
    starts.push(latest);
    durations.push(nanos);
  }
  return {
    leaves: leaves.finish(),
    starts: starts.finish(),
    durations: durations.finish(),
    idleNanos,
    unknown,
    until: (time - startTime) * 1000,
  };

  function delta(i: number): number {
    return i < deltas.length ? (deltas.array[i] ?? 0) : 0;
  }
}

/** The line that is farthest behind its share of the samples so far. */
function nextLine(leaf: Leaf): number {
  leaf.used++;
  let next = leaf.lines[0];
  let behind = Number.NEGATIVE_INFINITY;
  for (const line of leaf.lines) {
    const missing = (line.ticks / leaf.ticks) * leaf.used - line.used;
    if (missing > behind) [next, behind] = [line, missing];
  }
  if (next === undefined) return 0;
  next.used++;
  return next.node;
}

function damaged(what: string): NopsError {
  return new NopsError('usage', `this CPU profile is damaged: ${what}`, 'Copy or record it again.');
}
