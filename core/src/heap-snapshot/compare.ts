/**
 * Two snapshots of one process: what is new in the later one and what is gone, by constructor. An object is the same when its id and its
 * constructor are, as in DevTools' comparison; one that has grown in between is neither new nor gone.
 */

import { type Constructors, none } from './constructors.js';
import type { HeapSnapshot } from './snapshot.js';

export interface Side {
  snapshot: HeapSnapshot;
  constructors: Constructors;
}

/** By constructor of `names`: those of the later snapshot as they are numbered there, then those that only the earlier one has. */
export interface Comparison {
  names: string[];
  newCounts: Uint32Array;
  /** Bytes, of the objects alone. */
  newSizes: Float64Array;
  goneCounts: Uint32Array;
  goneSizes: Float64Array;
  /** 1 by node of the later snapshot. */
  isNew: Uint8Array;
  /** Whether the one that was given as the earlier has the latest object: ids are given in order. */
  isReversed: boolean;
}

export function compareSnapshots(earlier: Side, later: Side): Comparison {
  const names = [...later.constructors.names];
  const numbers = new Map(names.map((name, number) => [name, number]));
  /** From the earlier one's numbers to those of `names`. */
  const translated = earlier.constructors.names.map(name => numbers.get(name) ?? names.push(name) - 1);
  const comparison: Comparison = {
    names,
    newCounts: new Uint32Array(names.length),
    newSizes: new Float64Array(names.length),
    goneCounts: new Uint32Array(names.length),
    goneSizes: new Float64Array(names.length),
    isNew: new Uint8Array(later.constructors.ofNode.length),
    isReversed: latestId(earlier.snapshot) > latestId(later.snapshot),
  };
  const { newCounts, newSizes, goneCounts, goneSizes, isNew } = comparison;
  const constructorBefore = (node: number) => {
    const number = earlier.constructors.ofNode[node] ?? none;
    return number === none ? none : (translated[number] ?? none);
  };
  const constructorNow = (node: number) => later.constructors.ofNode[node] ?? none;
  const gone = (node: number) => {
    const kind = constructorBefore(node);
    if (kind === none) return;
    goneCounts[kind] = (goneCounts[kind] ?? 0) + 1;
    goneSizes[kind] = (goneSizes[kind] ?? 0) + (earlier.snapshot.nodes.selfSizes[node] ?? 0);
  };
  const added = (node: number) => {
    const kind = constructorNow(node);
    if (kind === none) return;
    isNew[node] = 1;
    newCounts[kind] = (newCounts[kind] ?? 0) + 1;
    newSizes[kind] = (newSizes[kind] ?? 0) + (later.snapshot.nodes.selfSizes[node] ?? 0);
  };
  const [before, now] = [earlier.snapshot.nodes.ids, later.snapshot.nodes.ids];
  const [beforeById, nowById] = [orderOf(before), orderOf(now)];
  let [i, j] = [0, 0];
  while (i < before.length || j < now.length) {
    const [a = 0, b = 0] = [beforeById[i], nowById[j]];
    const [idBefore = Number.POSITIVE_INFINITY, idNow = Number.POSITIVE_INFINITY] = [
      i < before.length ? before[a] : undefined,
      j < now.length ? now[b] : undefined,
    ];
    if (idBefore <= idNow) i++;
    if (idNow <= idBefore) j++;
    if (idBefore === idNow && constructorBefore(a) === constructorNow(b)) continue;
    if (idBefore <= idNow) gone(a);
    if (idNow <= idBefore) added(b);
  }
  return comparison;
}

/** Of objects: the ids of what is native are even, and in no order. */
function latestId({ nodes }: HeapSnapshot): number {
  let latest = 0;
  for (const id of nodes.ids) if (id % 2 === 1 && id > latest) latest = id;
  return latest;
}

/** Places by ascending value, in two rounds of counting sort by 16 bits each: linear, whatever the values are. */
function orderOf(values: Uint32Array): Uint32Array {
  let order = Uint32Array.from(values.keys());
  for (const shift of [0, 16]) {
    const starts = new Uint32Array(2 ** 16 + 1);
    for (const value of values) {
      const digit = ((value >>> shift) & 0xffff) + 1;
      starts[digit] = (starts[digit] ?? 0) + 1;
    }
    for (let digit = 1; digit < starts.length; digit++) starts[digit] = (starts[digit] ?? 0) + (starts[digit - 1] ?? 0);
    const sorted = new Uint32Array(order.length);
    for (const place of order) {
      const digit = ((values[place] ?? 0) >>> shift) & 0xffff;
      const at = starts[digit] ?? 0;
      starts[digit] = at + 1;
      sorted[at] = place;
    }
    order = sorted;
  }
  return order;
}
