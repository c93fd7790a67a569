/**
 * What each group costs, and who calls whom, in one walk down the tree: a group that is on a stack several times counts once, as do
 * several calls of the same kind. These are flat and cum of `nops pprof -top`, and the weights of its -peek.
 */

import type { Tree } from './node-table.js';

export interface GroupCosts {
  selfs: Float64Array;
  totals: Float64Array;
}

export function groupCosts(tree: Tree, selfs: Float64Array, totals: Float64Array, groups: number): GroupCosts {
  const costs = { selfs: new Float64Array(groups), totals: new Float64Array(groups) };
  /** How often each group is on the path from the root. */
  const above = new Uint32Array(groups);
  walk(tree, totals, {
    enter(node) {
      const group = tree.groups[node] ?? 0;
      costs.selfs[group] = (costs.selfs[group] ?? 0) + (selfs[node] ?? 0);
      if (above[group] === 0) costs.totals[group] = (costs.totals[group] ?? 0) + (totals[node] ?? 0);
      above[group] = (above[group] ?? 0) + 1;
    },
    leave(node) {
      const group = tree.groups[node] ?? 0;
      above[group] = (above[group] ?? 0) - 1;
    },
  });
  return costs;
}

export interface Calls {
  /** The other group of each call, the costliest first, and what goes through it. −1: nobody, for samples that begin here. */
  groups: Int32Array;
  weights: Float64Array;
}

/** Who calls `group`, and what it calls; calls of itself are left out. */
export function callsOf(
  tree: Tree,
  totals: Float64Array,
  group: number,
  groups: number,
): { callers: Calls; callees: Calls } {
  const callers = new Float64Array(groups + 1);
  const callees = new Float64Array(groups + 1);
  const callersAbove = new Uint32Array(groups + 1);
  const calleesAbove = new Uint32Array(groups + 1);
  /** Counts the call into `node` once for all of the same kind on a path. `step` is 1 on the way down, −1 up. */
  const pass = (node: number, step: 1 | -1) => {
    const parent = tree.parents[node] ?? 0;
    const own = tree.groups[node] ?? 0;
    const caller = parent === 0 ? groups : (tree.groups[parent] ?? 0);
    if (own === caller || (own !== group && caller !== group)) return;
    const [weights, above, other] = own === group ? [callers, callersAbove, caller] : [callees, calleesAbove, own];
    if (step === 1 && above[other] === 0) weights[other] = (weights[other] ?? 0) + (totals[node] ?? 0);
    above[other] = (above[other] ?? 0) + step;
  };
  walk(tree, totals, { enter: node => pass(node, 1), leave: node => pass(node, -1) });
  return { callers: sorted(callers, groups), callees: sorted(callees, groups) };
}

function sorted(weights: Float64Array, groups: number): Calls {
  const order = Int32Array.from(weights.keys()).filter(g => (weights[g] ?? 0) > 0);
  order.sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
  return {
    groups: order.map(g => (g === groups ? -1 : g)),
    weights: Float64Array.from(order, g => weights[g] ?? 0),
  };
}

/** Every node that costs anything, parents around their children, without a stack of its own. */
function walk(
  tree: Tree,
  totals: Float64Array,
  { enter, leave }: Record<'enter' | 'leave', (node: number) => void>,
): void {
  const { parents } = tree;
  const first = new Int32Array(parents.length);
  const next = new Int32Array(parents.length);
  for (let node = parents.length - 1; node > 0; node--) {
    if (!((totals[node] ?? 0) > 0)) continue;
    const parent = parents[node] ?? 0;
    next[node] = first[parent] ?? 0;
    first[parent] = node;
  }
  let node = first[0] ?? 0;
  while (node !== 0) {
    enter(node);
    const child = first[node] ?? 0;
    if (child !== 0) {
      node = child;
      continue;
    }
    leave(node);
    while (node !== 0 && next[node] === 0) {
      node = parents[node] ?? 0;
      if (node !== 0) leave(node);
    }
    node = next[node] ?? 0;
  }
}
