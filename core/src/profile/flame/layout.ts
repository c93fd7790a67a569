/**
 * Where each node of a tree stands in a flame graph, as columns. Boxes are numbered row by row from the root, and from left to right within
 * a row, so that the boxes of a row, the children of a box and everything at a place are found by binary search.
 *
 *   row r   rowStarts[r] .. rowStarts[r+1]     → its boxes; row 0 is the root alone
 *   box b   starts[b], ends[b]                 → in units of the sample type, from 0 to the total; empty boxes are left out
 *           parents[b], groups[b]              → the caller's box, −1 for the root; group of functions
 *
 * Children stand side by side from their parent's start, the largest first; what remains on the right is the parent's own. In the order of
 * time (query/time-order.ts) they stand where they were.
 */

import type { Tree } from '../query/node-table.js';

export interface FlameLayout {
  rowStarts: Uint32Array;
  starts: Float64Array;
  ends: Float64Array;
  parents: Int32Array;
  groups: Uint32Array;
}

/** `totals` is by node of the tree; nodes without any are left out. `nodes`: of each box, where somebody wants to know. */
export function layoutFlame(tree: Tree, totals: Float64Array): { layout: FlameLayout; nodes: Uint32Array } {
  const children = childrenOf(tree.parents, totals);
  const count = children.nodes.length + 1;
  const rowStarts = [0];
  const starts = new Float64Array(count);
  const ends = new Float64Array(count);
  const parents = new Int32Array(count).fill(-1, 0, 1);
  const nodes = new Uint32Array(count);
  ends[0] = totals[0] ?? 0;
  let placed = 1;
  for (let box = 0, rowEnd = 0; box < count; box++) {
    if (box === rowEnd) {
      rowEnd = placed;
      rowStarts.push(rowEnd);
    }
    const node = nodes[box] ?? 0;
    let x = starts[box] ?? 0;
    const end = children.starts[node + 1] ?? 0;
    for (let c = children.starts[node] ?? 0; c < end; c++) {
      const child = children.nodes[c] ?? 0;
      nodes[placed] = child;
      parents[placed] = box;
      starts[placed] = x;
      x += totals[child] ?? 0;
      ends[placed++] = x;
    }
  }
  const groups = nodes.map(node => tree.groups[node] ?? 0);
  return { layout: { rowStarts: Uint32Array.from(rowStarts), starts, ends, parents, groups }, nodes };
}

export function rowCount(layout: FlameLayout): number {
  return layout.rowStarts.length - 1;
}

/** What box `box` and everything it called cost. */
export function totalOf(layout: FlameLayout, box: number): number {
  return (layout.ends[box] ?? 0) - (layout.starts[box] ?? 0);
}

/** The children of node n that cost anything, the largest first: `nodes` from starts[n] to starts[n+1]. */
function childrenOf(parents: Int32Array, totals: Float64Array): { starts: Uint32Array; nodes: Uint32Array } {
  const starts = new Uint32Array(totals.length + 1);
  for (let node = 1; node < totals.length; node++) {
    const next = (parents[node] ?? 0) + 1;
    if ((totals[node] ?? 0) > 0) starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let node = 0; node < totals.length; node++) starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
  const nodes = new Uint32Array(starts[totals.length] ?? 0);
  const free = starts.slice(0, totals.length);
  for (let node = 1; node < totals.length; node++) {
    if (!((totals[node] ?? 0) > 0)) continue;
    const parent = parents[node] ?? 0;
    const at = free[parent] ?? 0;
    nodes[at] = node;
    free[parent] = at + 1;
  }
  for (let node = 0; node < totals.length; node++)
    sortLargestFirst(nodes, starts[node] ?? 0, starts[node + 1] ?? 0, totals);
  return { starts, nodes };
}

/** Most nodes have few children: those are sorted by insertion. */
const few = 24;

function sortLargestFirst(nodes: Uint32Array, from: number, to: number, totals: Float64Array): void {
  if (to - from > few) {
    nodes.subarray(from, to).sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0) || a - b);
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const node = nodes[i] ?? 0;
    const total = totals[node] ?? 0;
    let at = i;
    for (; at > from && (totals[nodes[at - 1] ?? 0] ?? 0) < total; at--) nodes[at] = nodes[at - 1] ?? 0;
    nodes[at] = node;
  }
}
