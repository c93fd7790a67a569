/** What each node of a shape costs itself, of the selected samples. */

import type { Shape } from './reshape.js';
import { isSelected, type Selection } from './select.js';
import type { SampleStore } from './store.js';

export interface Measured {
  /** By node of the shape's tree; negative values count as nothing. */
  selfs: Float64Array;
  total: number;
  samples: number;
  /** Samples left out because their value is negative, as in the difference of two profiles. */
  negative: number;
}

export function measure(store: SampleStore, shape: Shape, type: number, selection: Selection): Measured {
  const selfs = new Float64Array(shape.tree.parents.length);
  const values = store.values[type];
  let total = 0;
  let samples = 0;
  let negative = 0;
  const all = selection.sets === undefined && selection.side === undefined;
  for (let i = selection.first; i < selection.end; i++) {
    const leaf = shape.leaves[i] ?? -1;
    if (leaf < 0 || !(all || isSelected(store, selection, i))) continue;
    const value = values === undefined ? 1 : (values[i] ?? 0);
    if (value < 0) negative++;
    if (!(value > 0)) continue;
    samples++;
    total += value;
    selfs[leaf] = (selfs[leaf] ?? 0) + value;
  }
  return { selfs, total, samples, negative };
}

/** By node: its own cost and its children's. Children have greater numbers than their parents. */
export function totalsOf(parents: Int32Array, selfs: Float64Array): Float64Array {
  const totals = selfs.slice();
  for (let node = totals.length - 1; node > 0; node--) {
    const parent = parents[node] ?? 0;
    totals[parent] = (totals[parent] ?? 0) + (totals[node] ?? 0);
  }
  return totals;
}
