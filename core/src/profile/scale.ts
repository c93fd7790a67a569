/** Go's Scale and ScaleN: every value times a ratio, rounded away from zero. */

import { NopsError } from '../protocol/errors.js';
import { type Profile, sampleCount } from './model.js';
import { keepSamples } from './rewrite.js';

/** All values times `ratio`; samples whose values are all 0 afterwards are left out. */
export function scale(profile: Profile, ratio: number): Profile {
  return scaleN(
    profile,
    profile.sampleTypes.map(() => ratio),
  );
}

/** One ratio per sample type. Unlike Go's, it keeps samples whose only values are of a type with ratio 1. */
export function scaleN(profile: Profile, ratios: readonly number[]): Profile {
  const types = profile.sampleTypes.length;
  if (ratios.length !== types)
    throw new NopsError('usage', `mismatched scale ratios, got ${ratios.length}, want ${types}`);
  if (ratios.every(ratio => ratio === 1)) return profile;
  const values = profile.values.map((value, at) => roundAway(value * (ratios[at % types] ?? 1)) + 0);
  const exactValues = profile.exactValues?.map((value, at) => timesExactly(value, ratios[at % types] ?? 1));
  const scaled = { ...profile, values, exactValues };
  const isZero = (i: number) => values.subarray(i * types, (i + 1) * types).every(value => value === 0);
  for (let i = 0; i < sampleCount(profile); i++) if (isZero(i)) return keepSamples(scaled, sample => !isZero(sample));
  return scaled;
}

/** As Go's math.Round; `Math.round` rounds halves up. */
function roundAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

/** Whole ratios are exact in 64 bits; for others the value is as exact as a double. */
function timesExactly(value: bigint, ratio: number): bigint {
  if (Number.isSafeInteger(ratio)) return BigInt.asIntN(64, value * BigInt(ratio));
  const scaled = roundAway(Number(value) * ratio);
  if (!(Math.abs(scaled) < 2 ** 63)) return scaled < 0 ? -(2n ** 63n) : 2n ** 63n - 1n;
  return BigInt(scaled);
}
