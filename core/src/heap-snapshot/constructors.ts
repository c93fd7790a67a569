/** Nodes by their constructor: how many there are, and their own size. */

import { constructorOfTypes } from './node-names.js';
import type { HeapSnapshot } from './snapshot.js';

export interface Constructors {
  names: string[];
  /** By node; `none` for what is no object but a place that V8 looks for objects from, and has no size. */
  ofNode: Uint32Array;
  counts: Uint32Array;
  /** Bytes. */
  shallow: Float64Array;
}

export const none = 0xffffffff;
/** More are no program's; the rest is told as one. */
const maxConstructors = 1 << 20;
const others = '(other constructors)';

export function constructorsOf(snapshot: HeapSnapshot): Constructors {
  const { nodes, texts } = snapshot;
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const wanted = names.length < maxConstructors || numbers.has(name) ? name : others;
    const number = numbers.get(wanted) ?? names.push(wanted) - 1;
    numbers.set(wanted, number);
    return number;
  };
  const nameOfType = constructorOfTypes(snapshot);
  const native = nodes.typeNames.indexOf('native');
  // Each name is looked up once.
  const ofTypes = new Uint32Array(nodes.typeNames.length).fill(none);
  const ofNames = new Uint32Array(texts.length + 1).fill(none);
  const ofNode = new Uint32Array(nodes.types.length).fill(none);
  for (let node = 0; node < ofNode.length; node++) {
    const type = nodes.types[node] ?? 0;
    if (nodes.selfSizes[node] === 0 && type !== native) continue;
    const typeName = nameOfType[type];
    // All that are missing, in a file that ends early, are one.
    const name = Math.min(nodes.names[node] ?? 0, texts.length);
    const [known, key] = typeName === undefined ? [ofNames, name] : [ofTypes, type];
    if (known[key] === none) known[key] = numberOf(typeName ?? (texts.get(name) || '(no name)'));
    ofNode[node] = known[key] ?? none;
  }
  return { names, ofNode, ...sums(ofNode, nodes.selfSizes, names.length) };
}

function sums(ofNode: Uint32Array, selfSizes: Float64Array, count: number): Pick<Constructors, 'counts' | 'shallow'> {
  const counts = new Uint32Array(count);
  const shallow = new Float64Array(count);
  for (let node = 0; node < ofNode.length; node++) {
    const kind = ofNode[node] ?? none;
    if (kind === none) continue;
    counts[kind] = (counts[kind] ?? 0) + 1;
    shallow[kind] = (shallow[kind] ?? 0) + (selfSizes[node] ?? 0);
  }
  return { counts, shallow };
}
