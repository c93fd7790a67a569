/** What keeps an object alive: the shortest way of strong references from the root to it. */

import { type HeapSnapshot, sourceOf } from './snapshot.js';

/** No way there. */
const none = 0xffffffff;

/** By node: the edge over which it is met first when all are walked from the root, level by level; the root and what can't be reached have none. */
export function shortestWays({ nodes, edges }: HeapSnapshot, strong: Uint8Array): Uint32Array {
  const count = nodes.types.length;
  const ways = new Uint32Array(count).fill(none);
  const queue = new Uint32Array(count);
  let length = 1;
  for (let at = 0; at < length; at++) {
    const node = queue[at] ?? 0;
    const end = nodes.firstEdges[node + 1] ?? 0;
    for (let edge = nodes.firstEdges[node] ?? 0; edge < end; edge++) {
      const target = edges.targets[edge] ?? 0;
      if (strong[edge] !== 1 || target === 0 || ways[target] !== none) continue;
      ways[target] = edge;
      queue[length++] = target;
    }
  }
  return ways;
}

export interface RetainingPath {
  /** From the object's own retainer on, towards the root: the node, and the edge by which it holds the one before. */
  steps: { node: number; edge: number }[];
  /** Steps that are left out, and after how many of them. */
  leftOut: number;
  leftOutAfter: number;
}

/** A list of a million elements has a way as long. */
const maxFirstSteps = 40;
const maxLastSteps = 20;

/** Undefined: nothing keeps it alive, but what weakly refers to it. */
export function retainingPath(snapshot: HeapSnapshot, ways: Uint32Array, node: number): RetainingPath | undefined {
  if (node !== 0 && (ways[node] ?? none) === none) return undefined;
  const first: RetainingPath['steps'] = [];
  const last: RetainingPath['steps'] = [];
  let leftOut = 0;
  for (let at = node; at !== 0; ) {
    const edge = ways[at] ?? none;
    at = sourceOf(snapshot, edge);
    if (first.length < maxFirstSteps) first.push({ node: at, edge });
    else if (last.push({ node: at, edge }) > maxLastSteps) {
      last.shift();
      leftOut++;
    }
  }
  return { steps: [...first, ...last], leftOut, leftOutAfter: first.length };
}
