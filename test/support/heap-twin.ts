/** The slow and obvious way through a heap snapshot: what can be reached, and what when a node is taken away. */

import type { HeapSnapshot } from '@nops/core/heap-snapshot/snapshot';

/** All that strong references lead to from `starts`, past `without`. */
export function walk(snapshot: HeapSnapshot, strong: Uint8Array, starts: number[], without: number): Set<number> {
  const met = new Set<number>();
  const stack = starts.filter(start => start !== without);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (met.has(node)) continue;
    met.add(node);
    const { firstEdges } = snapshot.nodes;
    for (let edge = firstEdges[node] ?? 0; edge < (firstEdges[node + 1] ?? 0); edge++) {
      const target = snapshot.edges.targets[edge] ?? 0;
      if (strong[edge] === 1 && target !== without) stack.push(target);
    }
  }
  return met;
}

/** The root, and what is taken to be led to from it because nothing else does. */
export function startsOf(snapshot: HeapSnapshot, strong: Uint8Array): number[] {
  const count = snapshot.nodes.types.length;
  const referredTo = new Set(Array.from(snapshot.edges.targets).filter((_, edge) => strong[edge] === 1));
  const starts = [0];
  let met = walk(snapshot, strong, starts, -1);
  const add = (node: number) => {
    if (met.has(node)) return;
    starts.push(node);
    met = new Set([...met, ...walk(snapshot, strong, [node], -1)]);
  };
  for (let node = 0; node < count; node++) if (!referredTo.has(node)) add(node);
  for (let node = 0; node < count; node++) add(node);
  return starts;
}
