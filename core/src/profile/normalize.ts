/** Go's Normalize: scales a profile so that each sample type sums up to what it does in another. */

import { assertCompatible } from './compatible.js';
import type { Profile } from './model.js';
import { scaleN } from './scale.js';

/** A sample type without any value, or whose values cancel out, becomes 0. */
export function normalize(profile: Profile, base: Profile): Profile {
  assertCompatible(profile, base);
  const own = sums(profile);
  const wanted = sums(base);
  return scaleN(
    profile,
    own.map((sum, t) => (sum === 0 ? 0 : (wanted[t] ?? 0) / sum)),
  );
}

/** By sample type. */
function sums({ sampleTypes, values }: Profile): number[] {
  const types = sampleTypes.length;
  const sum = sampleTypes.map(() => 0);
  for (const [at, value] of values.entries()) sum[at % types] = (sum[at % types] ?? 0) + value;
  return sum;
}
