/**
 * A heap as V8 wrote it, in columns: a node is an object or what V8 keeps beside objects, an edge a reference to one.
 *
 *   firstEdges  0   2       3        edges of node n: firstEdges[n] … firstEdges[n + 1]
 *               │   │       │
 *   targets     1 2 │ 2     │        and what each refers to
 *
 * Node 0 is the root. A node takes 21 bytes and an edge 9.
 */

import type { Texts } from './texts.js';

export interface HeapSnapshot {
  nodes: {
    /** What the numbers in `types` stand for. */
    typeNames: readonly string[];
    types: Uint8Array;
    /** Numbers into `texts`. */
    names: Uint32Array;
    /** Stays with an object as long as it lives, whatever snapshots are taken. */
    ids: Uint32Array;
    /** Bytes. */
    selfSizes: Float64Array;
    /** One more than there are nodes. */
    firstEdges: Uint32Array;
  };
  edges: {
    typeNames: readonly string[];
    types: Uint8Array;
    /** Index of an element or a hidden reference; of the others a number into `texts`. */
    names: Uint32Array;
    /** Nodes. */
    targets: Uint32Array;
  };
  texts: Texts;
  /** False: the file ends early, among its names, of which some are missing. */
  isWhole: boolean;
}

/** The node that an edge belongs to. */
export function sourceOf({ nodes: { firstEdges } }: HeapSnapshot, edge: number): number {
  let low = 0;
  let high = firstEdges.length - 1;
  // The last node whose edges begin at this one or before it: those without edges begin where the next one does.
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((firstEdges[middle] ?? 0) <= edge) low = middle;
    else high = middle;
  }
  return low;
}

/** Memory that the columns take. */
export function bytesOf({ nodes, edges, texts }: HeapSnapshot): number {
  const columns = [nodes.types, nodes.names, nodes.ids, nodes.selfSizes, nodes.firstEdges];
  return [...columns, edges.types, edges.names, edges.targets].reduce(
    (sum, column) => sum + column.byteLength,
    texts.bytes,
  );
}
