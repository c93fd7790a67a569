/** All that is asked of one snapshot, computed once: what each node and each constructor keeps alive, and by whom it is kept. */

import { type Constructors, constructorsOf } from './constructors.js';
import { dominatorsOf } from './dominators.js';
import { retainedByConstructor } from './retained-by-constructor.js';
import { retainedSizes } from './retained-sizes.js';
import { shortestWays } from './retaining-path.js';
import type { HeapSnapshot } from './snapshot.js';
import { strongEdges } from './strong-edges.js';

export interface HeapAnalysis {
  snapshot: HeapSnapshot;
  constructors: Constructors;
  /** Bytes by node, and by constructor. */
  retained: Float64Array;
  retainedByConstructor: Float64Array;
  /** See retaining-path.ts. */
  ways: Uint32Array;
  /** Objects that only weak references lead to. */
  unreachable: number;
}

export function analyzeSnapshot(snapshot: HeapSnapshot): HeapAnalysis {
  const strong = strongEdges(snapshot);
  const dominators = dominatorsOf(snapshot, strong);
  const constructors = constructorsOf(snapshot);
  const retained = retainedSizes(snapshot, dominators);
  return {
    snapshot,
    constructors,
    retained,
    retainedByConstructor: retainedByConstructor(constructors, dominators, retained),
    ways: shortestWays(snapshot, strong),
    unreachable: dominators.unreachable,
  };
}
