/** The objects of a constructor, and those of them that keep the most alive. */

import type { Constructors } from './constructors.js';

/** Nodes of constructor number `of`; only those that `isNew` has a 1 for, where it is given. */
export function nodesOf({ ofNode, counts }: Constructors, of: number, isNew: Uint8Array | undefined): Uint32Array {
  const nodes = new Uint32Array(counts[of] ?? 0);
  let count = 0;
  for (let node = 0; node < ofNode.length; node++)
    if (ofNode[node] === of && isNew?.[node] !== 0) nodes[count++] = node;
  return nodes.subarray(0, count);
}

/** Nodes among `all` with the largest retained sizes, the largest first; of equal ones the earlier. */
export function largest(all: Uint32Array, retained: Float64Array, limit: number): Uint32Array {
  let chosen = all;
  if (all.length > limit) {
    // Sorting plain numbers takes a fraction of what sorting nodes by them takes.
    const sizes = Float64Array.from(all, node => retained[node] ?? 0).sort();
    const least = sizes[sizes.length - limit] ?? 0;
    const above = all.filter(node => (retained[node] ?? 0) > least);
    const equal = all.filter(node => retained[node] === least).subarray(0, limit - above.length);
    chosen = Uint32Array.from([...above, ...equal]);
  }
  return chosen.toSorted((a, b) => (retained[b] ?? 0) - (retained[a] ?? 0) || a - b);
}
