/**
 * Where each node of a stack tree stands in a flame graph, as columns. Boxes are numbered row by row from the root, and from left to
 * right within a row, so that the boxes of a row, the children of a box and everything at a place are found by binary search.
 *
 *   row r   rowStarts[r] .. rowStarts[r+1]     → its boxes; row 0 is the root alone
 *   box b   starts[b], ends[b]                 → in units of the sample type, from 0 to the total; empty boxes are left out
 *           selfs[b], parents[b], groups[b]    → own cost; the caller's box, −1 for the root; group of functions
 *           nodes[b]                           → its number in the stack tree, the same for all sample types
 *
 * Children stand side by side from their parent's start, the largest first; what remains on the right is the parent's own.
 */

import type { StackTree } from './stack-tree.js';

export interface FlameLayout {
  rowStarts: Uint32Array;
  starts: Float64Array;
  ends: Float64Array;
  selfs: Float64Array;
  parents: Int32Array;
  groups: Uint32Array;
  nodes: Uint32Array;
}

/** `selfs` is by node of the tree (`selfValues`), without negative values. */
export function layoutFlame(tree: StackTree, selfs: Float64Array): FlameLayout {
  const totals = totalsOf(tree, selfs);
  const children = childrenOf(tree, totals);
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
    for (const child of children.nodes.subarray(children.starts[node], children.starts[node + 1])) {
      nodes[placed] = child;
      parents[placed] = box;
      starts[placed] = x;
      x += totals[child] ?? 0;
      ends[placed++] = x;
    }
  }
  return {
    rowStarts: Uint32Array.from(rowStarts),
    starts,
    ends,
    selfs: Float64Array.from(nodes, node => selfs[node] ?? 0),
    parents,
    groups: Uint32Array.from(nodes, node => tree.groups[node] ?? 0),
    nodes,
  };
}

export function rowCount(layout: FlameLayout): number {
  return layout.rowStarts.length - 1;
}

/** What box `box` and everything it called cost. */
export function totalOf(layout: FlameLayout, box: number): number {
  return (layout.ends[box] ?? 0) - (layout.starts[box] ?? 0);
}

/** By node: its own cost and its children's. Children have greater numbers than their parents. */
function totalsOf(tree: StackTree, selfs: Float64Array): Float64Array {
  const totals = Float64Array.from(selfs);
  for (let node = totals.length - 1; node > 0; node--) {
    const parent = tree.parents[node] ?? 0;
    totals[parent] = (totals[parent] ?? 0) + (totals[node] ?? 0);
  }
  return totals;
}

/** The children of node n that cost anything, the largest first: `nodes` from starts[n] to starts[n+1]. */
function childrenOf(tree: StackTree, totals: Float64Array): { starts: Uint32Array; nodes: Uint32Array } {
  const starts = new Uint32Array(totals.length + 1);
  const counted = (node: number) => (totals[node] ?? 0) > 0;
  for (let node = 1; node < totals.length; node++) {
    const next = (tree.parents[node] ?? 0) + 1;
    if (counted(node)) starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let node = 0; node < totals.length; node++) starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
  const nodes = new Uint32Array(starts[totals.length] ?? 0);
  const free = starts.slice();
  for (let node = 1; node < totals.length; node++) {
    if (!counted(node)) continue;
    const parent = tree.parents[node] ?? 0;
    const at = free[parent] ?? 0;
    nodes[at] = node;
    free[parent] = at + 1;
  }
  for (let node = 0; node < totals.length; node++) {
    const siblings = nodes.subarray(starts[node], starts[node + 1]);
    if (siblings.length > 1) siblings.sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0) || a - b);
  }
  return { starts, nodes };
}
