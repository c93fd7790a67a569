/**
 * What keeps each node alive by itself: its immediate dominator, the last node that every way from the root to it leads through. Lengauer
 * and Tarjan's algorithm (TOPLAS 1979, the simple version), in O(m log n) whatever the graph is like; nothing recurses.
 */

import { preorder } from './preorder.js';
import type { HeapSnapshot } from './snapshot.js';

export interface Dominators {
  /** By node; the root's is itself. */
  dominators: Uint32Array;
  /** All nodes; a dominator stands before what it dominates. */
  order: Uint32Array;
  /** Nodes that no strong reference from the root leads to: they are taken for the root's own. */
  unreachable: number;
}

export function dominatorsOf(snapshot: HeapSnapshot, strong: Uint8Array): Dominators {
  const { order, numbers, parents, firstSources, sources, unreachable } = preorder(snapshot, strong);
  const count = order.length;
  // All below are by a node's number in preorder. The root's is 0.
  const semis = Uint32Array.from(numbers.keys());
  const found = new Uint32Array(count);
  const forest = new Forest(semis);
  // Nodes whose semidominator is this one, as a list: the first, and from each the next. 0 ends it: the root is nobody's.
  const firstOf = new Uint32Array(count);
  const nextOf = new Uint32Array(count);
  for (let w = count - 1; w > 0; w--) {
    const parent = parents[w] ?? 0;
    let semi = parent;
    const node = order[w] ?? 0;
    const end = firstSources[node + 1] ?? 0;
    for (let at = firstSources[node] ?? 0; at < end; at++) {
      const lowest = semis[forest.lowest(numbers[sources[at] ?? 0] ?? 0)] ?? 0;
      if (lowest < semi) semi = lowest;
    }
    semis[w] = semi;
    nextOf[w] = firstOf[semi] ?? 0;
    firstOf[semi] = w;
    forest.link(w, parent);
    for (let v = firstOf[parent] ?? 0; v !== 0; v = nextOf[v] ?? 0) {
      const u = forest.lowest(v);
      found[v] = (semis[u] ?? 0) < (semis[v] ?? 0) ? u : parent;
    }
    firstOf[parent] = 0;
  }
  const dominators = new Uint32Array(count);
  for (let w = 1; w < count; w++) {
    let dominator = found[w] ?? 0;
    if (dominator !== semis[w]) dominator = found[dominator] ?? 0;
    found[w] = dominator;
    dominators[order[w] ?? 0] = order[dominator] ?? 0;
  }
  return { dominators, order, unreachable };
}

/** The part of the depth-first tree that was worked on; asked which node between one and its tree's root has the lowest semidominator. */
class Forest {
  readonly #semis: Uint32Array;
  /** One more than the ancestor; 0: the root of a tree. */
  readonly #ancestors: Uint32Array;
  readonly #labels: Uint32Array;
  readonly #path: Uint32Array;

  constructor(semis: Uint32Array) {
    this.#semis = semis;
    this.#ancestors = new Uint32Array(semis.length);
    this.#labels = Uint32Array.from(semis);
    this.#path = new Uint32Array(semis.length);
  }

  link(node: number, parent: number): void {
    this.#ancestors[node] = parent + 1;
  }

  lowest(node: number): number {
    const [semis, ancestors, labels, path] = [this.#semis, this.#ancestors, this.#labels, this.#path];
    let length = 0;
    let top = node;
    for (let above = ancestors[top] ?? 0; above !== 0; above = ancestors[top] ?? 0) {
      path[length++] = top;
      top = above - 1;
    }
    // From below the tree's root downwards: each takes over what is known of the one above it, and its way there becomes short.
    for (let at = length - 2; at >= 0; at--) {
      const each = path[at] ?? 0;
      const above = (ancestors[each] ?? 0) - 1;
      const label = labels[above] ?? 0;
      if ((semis[label] ?? 0) < (semis[labels[each] ?? 0] ?? 0)) labels[each] = label;
      ancestors[each] = top + 1;
    }
    return length === 0 ? node : (labels[node] ?? 0);
  }
}
