/** What would be freed with each node: its own size and that of all it dominates. */

import type { Dominators } from './dominators.js';
import type { HeapSnapshot } from './snapshot.js';

/** Bytes by node. */
export function retainedSizes({ nodes }: HeapSnapshot, { dominators, order }: Dominators): Float64Array {
  const retained = Float64Array.from(nodes.selfSizes);
  for (let at = order.length - 1; at > 0; at--) {
    const node = order[at] ?? 0;
    const dominator = dominators[node] ?? 0;
    retained[dominator] = (retained[dominator] ?? 0) + (retained[node] ?? 0);
  }
  return retained;
}
