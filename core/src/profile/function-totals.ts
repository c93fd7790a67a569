/** What each group of functions costs: self is its own, total what it and everything it called cost. */

import type { FunctionGroups } from './function-groups.js';
import { type Profile, sampleCount } from './model.js';

export interface FunctionTotals {
  /** By group. */
  selfs: Float64Array;
  totals: Float64Array;
  /** Sum of all samples. */
  total: number;
  /** Samples that were left out because their value is negative, as in the difference of two profiles. */
  negative: number;
}

/** In the unit of sample type `type`. A function that is on a stack several times counts once. */
export function functionTotals(profile: Profile, groups: FunctionGroups, type: number): FunctionTotals {
  const selfs = new Float64Array(groups.first.length);
  const totals = new Float64Array(groups.first.length);
  /** The last sample, counted from 1, in which a group was seen. */
  const seen = new Uint32Array(groups.first.length);
  const types = profile.sampleTypes.length;
  let total = 0;
  let negative = 0;
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = profile.values[i * types + type] ?? 0;
    if (value < 0) negative++;
    if (!(value > 0)) continue;
    total += value;
    let innermost = true;
    for (let s = profile.stackStarts[i] ?? 0; s < (profile.stackStarts[i + 1] ?? 0); s++) {
      const location = profile.stacks[s] ?? 0;
      for (let k = profile.lineStarts[location] ?? 0; k < (profile.lineStarts[location + 1] ?? 0); k++) {
        const group = groups.of[profile.lineFunctions[k] ?? 0] ?? 0;
        if (innermost) selfs[group] = (selfs[group] ?? 0) + value;
        innermost = false;
        if (seen[group] === i + 1) continue;
        seen[group] = i + 1;
        totals[group] = (totals[group] ?? 0) + value;
      }
    }
  }
  return { selfs, totals, total, negative };
}
