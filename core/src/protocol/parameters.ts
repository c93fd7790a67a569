/** Parses a duration given in seconds, strictly: `abc`, `1e9`, `-1` and out-of-bounds values are refused, never silently replaced. */

import { NopsError } from './errors.js';

/** `text` as a whole number in [min, max]; `fallback` when it is absent. Throws a `usage` error that names `what`. */
export function parseWhole(
  what: string,
  text: string | null | undefined,
  bounds: { min: number; max: number; fallback: number },
): number {
  if (text === null || text === undefined) return bounds.fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= bounds.min && value <= bounds.max)) {
    throw new NopsError(
      'usage',
      `invalid value for "${what}": ${JSON.stringify(text)} - must be a whole number from ${bounds.min} to ${bounds.max}`,
      'Give a number within these bounds, or leave it out for the default.',
    );
  }
  return value;
}
