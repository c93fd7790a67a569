/**
 * Which references keep what they lead to alive: those that DevTools counts, so that its numbers and these can be compared.
 *
 * - Weak ones do not.
 * - A shortcut does only at the root: there it leads to a global object of the program. Elsewhere it repeats what other references say.
 * - A value in a WeakMap is kept by its key and by the table together. V8 tells both as references to the value; the key's counts, since
 *   the value goes when the key does.
 * - What a global object leads to belongs to the program. References to it from what does not, as V8's own roots, handles and stacks, do
 *   not count: nearly everything would be kept by the root alone, and nothing would be told about the program. DevTools also takes for the
 *   program's a value whose table is and whose key is not, so that nothing keeps it; here its key does.
 */

import type { HeapSnapshot } from './snapshot.js';

/** 1 by edge. */
export function strongEdges(snapshot: HeapSnapshot): Uint8Array {
  const strong = withoutWeak(snapshot);
  const { nodes, edges } = snapshot;
  const isOwned = ownedByProgram(snapshot, strong);
  for (let node = 1; node < nodes.types.length; node++) {
    if (isOwned[node] === 1) continue;
    const end = nodes.firstEdges[node + 1] ?? 0;
    for (let edge = nodes.firstEdges[node] ?? 0; edge < end; edge++)
      if (isOwned[edges.targets[edge] ?? 0] === 1) strong[edge] = 0;
  }
  return strong;
}

function withoutWeak(snapshot: HeapSnapshot): Uint8Array {
  const { nodes, edges } = snapshot;
  const [weak, shortcut, internal] = ['weak', 'shortcut', 'internal'].map(name => edges.typeNames.indexOf(name));
  const tableOf = weakMapTables(snapshot);
  const strong = new Uint8Array(edges.types.length);
  for (let node = 0; node < nodes.types.length; node++) {
    const end = nodes.firstEdges[node + 1] ?? 0;
    for (let edge = nodes.firstEdges[node] ?? 0; edge < end; edge++) {
      const type = edges.types[edge];
      if (type === weak || (type === shortcut && node !== 0)) continue;
      if (type === internal && tableOf(edges.names[edge] ?? 0) === nodes.ids[node]) continue;
      strong[edge] = 1;
    }
  }
  return strong;
}

/** V8's name for a value in a WeakMap: `3 / part of key (Object @7) -> value (Leak @9) pair in WeakMap (table @5)`. */
const weakMapValue = / pair in WeakMap \(table @(\d{1,10})\)$/;

/** From the number of a name to the id of the table that it tells of; each name is looked at once. */
function weakMapTables({ texts }: HeapSnapshot): (name: number) => number | undefined {
  const unknown = 1;
  const none = 2;
  // Ids of objects are odd, and those of tables larger than 2.
  const known = new Uint32Array(texts.length).fill(unknown);
  return name => {
    if (known[name] === unknown) known[name] = Number(weakMapValue.exec(texts.get(name))?.[1] ?? none);
    const table = known[name];
    return table === none ? undefined : table;
  };
}

/** 1 by node that one of the program's global objects leads to. */
function ownedByProgram({ nodes, edges }: HeapSnapshot, strong: Uint8Array): Uint8Array {
  const isOwned = new Uint8Array(nodes.types.length);
  const queue = new Uint32Array(nodes.types.length);
  const shortcut = edges.typeNames.indexOf('shortcut');
  let length = 0;
  const add = (edge: number) => {
    const target = edges.targets[edge] ?? 0;
    if (strong[edge] !== 1 || target === 0 || isOwned[target] === 1) return;
    isOwned[target] = 1;
    queue[length++] = target;
  };
  for (let edge = 0; edge < (nodes.firstEdges[1] ?? 0); edge++) if (edges.types[edge] === shortcut) add(edge);
  for (let at = 0; at < length; at++) {
    const node = queue[at] ?? 0;
    const end = nodes.firstEdges[node + 1] ?? 0;
    for (let edge = nodes.firstEdges[node] ?? 0; edge < end; edge++) add(edge);
  }
  return isOwned;
}
