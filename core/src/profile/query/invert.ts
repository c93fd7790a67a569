/** Trees turned round: from where time is spent up to its callers, for everything or for one group; and what one group calls. */

import { NodeTable, type Tree } from './node-table.js';

export interface Weighed {
  tree: Tree;
  selfs: Float64Array;
  /** Of what this much cost, the callers that are farthest away are left out: the tree would be too large. */
  cut: number;
}

/** No level is begun beyond it. 24 bytes each on the page. */
const maxNodes = 1_500_000;

/** Each node's own cost, at the end of the path from its group to the root. */
export function invert(tree: Tree, selfs: Float64Array): Weighed {
  const own = Uint32Array.from(selfs.keys()).filter(node => node > 0 && (selfs[node] ?? 0) > 0);
  return upFrom(tree, own, node => selfs[node] ?? 0);
}

/** The callers of `group`: the outermost calls of it with all they cost. */
export function callersOf(tree: Tree, totals: Float64Array, group: number): Weighed {
  return upFrom(tree, outermost(tree, totals, group), node => totals[node] ?? 0);
}

/** Level by level, so that what has to be cut off are the callers that are farthest away. */
function upFrom(tree: Tree, from: Uint32Array, weightOf: (node: number) => number): Weighed {
  const nodes = new NodeTable();
  const cursors = from.slice();
  const at = new Uint32Array(from.length);
  let climbing = from.length;
  while (climbing > 0 && nodes.count < maxNodes) {
    climbing = 0;
    for (let i = 0; i < cursors.length; i++) {
      const node = cursors[i] ?? 0;
      if (node === 0) continue;
      at[i] = nodes.child(at[i] ?? 0, tree.groups[node] ?? 0);
      cursors[i] = tree.parents[node] ?? 0;
      climbing++;
    }
  }
  const inverted = nodes.finish();
  const selfs = new Float64Array(inverted.parents.length);
  let cut = 0;
  for (let i = 0; i < from.length; i++) {
    const weight = weightOf(from[i] ?? 0);
    const end = at[i] ?? 0;
    selfs[end] = (selfs[end] ?? 0) + weight;
    if (cursors[i] !== 0) cut += weight;
  }
  return { tree: inverted, selfs, cut };
}

/** Everything below the outermost calls of `group`, merged; the group itself is the one child of the root. */
export function calleesOf(tree: Tree, selfs: Float64Array, group: number): Weighed {
  const nodes = new NodeTable();
  const out = new Uint32Array(tree.parents.length);
  for (let node = 1; node < out.length; node++) {
    const above = out[tree.parents[node] ?? 0] ?? 0;
    const own = tree.groups[node] ?? 0;
    if (above !== 0 || own === group) out[node] = nodes.child(above, own);
  }
  const below = nodes.finish();
  const weights = new Float64Array(below.parents.length);
  for (let node = 1; node < out.length; node++) {
    const at = out[node] ?? 0;
    if (at !== 0) weights[at] = (weights[at] ?? 0) + (selfs[node] ?? 0);
  }
  return { tree: below, selfs: weights, cut: 0 };
}

function outermost(tree: Tree, totals: Float64Array, group: number): Uint32Array {
  const inside = new Uint8Array(tree.parents.length);
  const found: number[] = [];
  for (let node = 1; node < inside.length; node++) {
    const above = inside[tree.parents[node] ?? 0] ?? 0;
    const isGroup = tree.groups[node] === group;
    inside[node] = above | Number(isGroup);
    if (isGroup && above === 0 && (totals[node] ?? 0) > 0) found.push(node);
  }
  return Uint32Array.from(found);
}
