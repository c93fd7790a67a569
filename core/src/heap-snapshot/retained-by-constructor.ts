/**
 * What would be freed with all objects of a constructor. Where one of them dominates another, as in a list or a tree, the outer one's size
 * holds the inner one's already: a node counts when none of its dominators has its constructor.
 */

import { type Constructors, none } from './constructors.js';
import type { Dominators } from './dominators.js';

/** Bytes by constructor. */
export function retainedByConstructor(
  { names, ofNode }: Constructors,
  { dominators }: Dominators,
  retained: Float64Array,
): Float64Array {
  const sums = new Float64Array(names.length);
  const { firsts, dominated } = dominatorTree(dominators);
  /** By constructor: how many of it lie between the root and where the walk is. */
  const open = new Uint32Array(names.length);
  const stack = new Uint32Array(dominators.length);
  const next = firsts.slice(0, dominators.length);
  const enter = (node: number) => {
    const kind = ofNode[node] ?? none;
    if (kind === none) return;
    if (open[kind] === 0) sums[kind] = (sums[kind] ?? 0) + (retained[node] ?? 0);
    open[kind] = (open[kind] ?? 0) + 1;
  };
  enter(0);
  for (let top = 0; top >= 0; ) {
    const node = stack[top] ?? 0;
    const at = next[node] ?? 0;
    if (at === firsts[node + 1]) {
      const kind = ofNode[node] ?? none;
      if (kind !== none) open[kind] = (open[kind] ?? 0) - 1;
      top--;
      continue;
    }
    next[node] = at + 1;
    const below = dominated[at] ?? 0;
    enter(below);
    stack[++top] = below;
  }
  return sums;
}

/** The nodes that node n dominates immediately: `dominated`, from firsts[n] to firsts[n + 1]. The root does not dominate itself. */
function dominatorTree(dominators: Uint32Array): { firsts: Uint32Array; dominated: Uint32Array } {
  const count = dominators.length;
  const firsts = new Uint32Array(count + 1);
  for (let node = 1; node < count; node++) {
    const by = dominators[node] ?? 0;
    firsts[by] = (firsts[by] ?? 0) + 1;
  }
  let end = 0;
  for (let node = 0; node <= count; node++) {
    end += firsts[node] ?? 0;
    firsts[node] = end;
  }
  const dominated = new Uint32Array(end);
  for (let node = 1; node < count; node++) {
    const by = dominators[node] ?? 0;
    const at = (firsts[by] ?? 0) - 1;
    firsts[by] = at;
    dominated[at] = node;
  }
  return { firsts, dominated };
}
