/** In which unit the numbers under a label's key are told: Go's NumLabelUnits, on a store. */

import { numberUnits } from '../number-units.js';
import type { SampleStore } from './store.js';

export function labelUnits({ labels, sets }: SampleStore): ReadonlyMap<string, string> {
  return numberUnits({ labels, labelIds: Uint32Array.from(new Set(sets.flatMap(set => [...set]))) }).units;
}
