/** A walk over the strong references, depth first from the root: the order in which nodes are met, and who leads to each. */

import type { HeapSnapshot } from './snapshot.js';

export interface Preorder {
  /** Nodes in the order in which they are met, and the place of each in it. */
  order: Uint32Array;
  numbers: Uint32Array;
  /** By place in `order`: the place of the node from which it was met. */
  parents: Uint32Array;
  /** The nodes that strongly refer to node n: `sources`, from firstSources[n] to firstSources[n + 1]. */
  firstSources: Uint32Array;
  sources: Uint32Array;
  unreachable: number;
}

/**
 * What can't be reached comes after the rest, as if the root led to it: first those to which nothing refers strongly, then, in the file's
 * order, what is left, which are cycles.
 */
export function preorder(snapshot: HeapSnapshot, strong: Uint8Array): Preorder {
  const {
    nodes: { firstEdges },
    edges: { targets },
  } = snapshot;
  const count = firstEdges.length - 1;
  const { firstSources, sources } = reversed(snapshot, strong);
  const order = new Uint32Array(count);
  const numbers = new Uint32Array(count);
  const parents = new Uint32Array(count);
  const isMet = new Uint8Array(count);
  const stack = new Uint32Array(count);
  const nextEdge = firstEdges.slice(0, count);
  let met = 0;
  const meet = (node: number, parent: number) => {
    isMet[node] = 1;
    numbers[node] = met;
    parents[met] = parent;
    order[met++] = node;
  };
  const walk = (start: number) => {
    meet(start, 0);
    stack[0] = start;
    for (let top = 0; top >= 0; ) {
      const node = stack[top] ?? 0;
      const edge = nextEdge[node] ?? 0;
      if (edge === firstEdges[node + 1]) {
        top--;
        continue;
      }
      nextEdge[node] = edge + 1;
      const target = targets[edge] ?? 0;
      if (strong[edge] !== 1 || isMet[target] === 1) continue;
      meet(target, numbers[node] ?? 0);
      stack[++top] = target;
    }
  };
  walk(0);
  const unreachable = count - met;
  if (unreachable > 0) {
    for (let node = 0; node < count; node++)
      if (isMet[node] === 0 && firstSources[node] === firstSources[node + 1]) walk(node);
    for (let node = 0; node < count; node++) if (isMet[node] === 0) walk(node);
  }
  return { order, numbers, parents, firstSources, sources, unreachable };
}

function reversed({ nodes, edges }: HeapSnapshot, strong: Uint8Array): Pick<Preorder, 'firstSources' | 'sources'> {
  const count = nodes.types.length;
  const firstSources = new Uint32Array(count + 1);
  let total = 0;
  for (const [edge, target] of edges.targets.entries()) {
    if (strong[edge] !== 1) continue;
    firstSources[target] = (firstSources[target] ?? 0) + 1;
    total++;
  }
  // From counts to ends; filling from behind turns ends into beginnings.
  let end = 0;
  for (let node = 0; node <= count; node++) {
    end += firstSources[node] ?? 0;
    firstSources[node] = end;
  }
  const sources = new Uint32Array(total);
  for (let node = 0; node < count; node++) {
    const last = nodes.firstEdges[node + 1] ?? 0;
    for (let edge = nodes.firstEdges[node] ?? 0; edge < last; edge++) {
      if (strong[edge] !== 1) continue;
      const target = edges.targets[edge] ?? 0;
      const at = (firstSources[target] ?? 0) - 1;
      firstSources[target] = at;
      sources[at] = node;
    }
  }
  return { firstSources, sources };
}
