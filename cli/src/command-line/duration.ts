/** Durations as gops takes them after a pid (Go's time.ParseDuration): `2s`, `500ms`, `1m30s`. */

import { NopsError } from '@nops/core/protocol/errors';

const unitMs = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Seconds in `text`; undefined when it is no duration with a unit. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, number, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    ms += Number(number) * (unitMs.get(unit) ?? 0);
  }
  return Math.round(ms) / 1000;
}

/** Seconds in the value of `-s`, plain or with a unit, within bounds; undefined when it was not given. Throws `usage`. */
export function parseMoment(text: string | undefined, { min, max }: { min: number; max: number }): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : parseDuration(text);
  if (seconds !== undefined && seconds >= min && seconds <= max) return seconds;
  throw new NopsError(
    'usage',
    `invalid value for "--seconds": ${JSON.stringify(text)} - must be ${min} to ${max} seconds, as 2, 0.5, 500ms or 2s`,
    'Give a number within these bounds, or leave it out.',
  );
}
