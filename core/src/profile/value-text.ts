/** A value of a profile in its unit, as people read it. */

import { formatBytes, formatCount, formatMillis } from '../units/format.js';

/** Milliseconds in one of pprof's units of time (google/pprof internal/measurement). */
const millis: Record<string, number> = { nanoseconds: 1e-6, microseconds: 1e-3, milliseconds: 1, seconds: 1000 };

/** `unit` as in a profile's sample type; a count has none to show. */
export function formatValue(value: number, unit: string): string {
  const perUnit = millis[unit];
  if (perUnit !== undefined) return formatMillis(value * perUnit);
  if (unit === 'bytes') return formatBytes(value);
  const digits = formatCount(value);
  return unit === 'count' || unit === '' ? digits : `${digits} ${unit}`;
}
