/** How sure it is that two shares differ, when each was found by counting samples. */

export interface Counted {
  /** Samples with the function. */
  hits: number;
  /** All samples. */
  samples: number;
}

/**
 * 0 to 1: one minus the probability of so large a difference, or a larger one, between two profiles of the same behaviour. The
 * two-proportion z-test with the pooled share; it takes samples for independent, and for many: with few hits it is too sure of itself,
 * so a continuity correction (Yates) takes half a sample from the difference.
 */
export function confidence(before: Counted, after: Counted): number {
  if (!(before.samples > 0 && after.samples > 0)) return 0;
  const pooled = (before.hits + after.hits) / (before.samples + after.samples);
  const each = 1 / before.samples + 1 / after.samples;
  const deviation = Math.sqrt(pooled * (1 - pooled) * each);
  const difference = Math.abs(after.hits / after.samples - before.hits / before.samples) - each / 2;
  return deviation > 0 && difference > 0 ? 1 - complementaryError(difference / deviation / Math.SQRT2) : 0;
}

/**
 * How sure each of `count` comparisons must be for all of them together to be as sure as `confidence`: with a hundred functions one would be
 * off by 99 % for nothing. Bonferroni's bound, which needs no independence: functions that call each other change together.
 */
export function confidenceOfEach(confidence: number, count: number): number {
  // Whoever wants no confidence gets every change.
  return confidence <= 0 ? 0 : 1 - (1 - confidence) / Math.max(1, count);
}

/** Terms of the continued fraction; from x = 3 on they give 10 digits. */
const terms = 40;

/** erfc for x ≥ 0: to 1.5e-7 by Abramowitz and Stegun 7.1.26, and where it is smaller than that, by the continued fraction 7.1.14. */
function complementaryError(x: number): number {
  const gauss = Math.exp(-x * x);
  if (x < 3) {
    const t = 1 / (1 + 0.3275911 * x);
    return ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * gauss;
  }
  let fraction = x;
  for (let k = terms; k >= 1; k--) fraction = x + k / 2 / fraction;
  return gauss / fraction / Math.sqrt(Math.PI);
}
