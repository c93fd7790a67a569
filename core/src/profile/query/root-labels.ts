/** Labels as frames above all others: which ones each sample has, under the names that pprof's tagroot gives them. */

import { valuesOfLabels } from '../tag-frames.js';
import type { SampleStore } from './store.js';

export interface RootFrames {
  keys: readonly string[];
  /** Different combinations: a name for each key, '' where a sample has none. */
  values: string[][];
  /** By sample, the number of its combination. */
  ofSample: Uint32Array;
}

export function rootFrames({ leaves, labelSets, sets, labels }: SampleStore, keys: readonly string[]): RootFrames {
  const values: string[][] = [];
  const numbers = new Map<string, number>();
  const numberOf = (set: Uint32Array) => {
    const own = [...set].flatMap(id => labels[id] ?? []);
    const names = keys.map(key => valuesOfLabels(own, key, 'minimum').join(','));
    const id = JSON.stringify(names);
    const known = numbers.get(id);
    if (known !== undefined) return known;
    numbers.set(id, values.length);
    return values.push(names) - 1;
  };
  if (labelSets === undefined) {
    numberOf(new Uint32Array());
    return { keys, values, ofSample: new Uint32Array(leaves.length) };
  }
  const ofSet = sets.map(numberOf);
  return { keys, values, ofSample: labelSets.map(set => ofSet[set] ?? 0) };
}
