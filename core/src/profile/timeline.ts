/**
 * The samples of a profile one after the other on a line of time, for formats that know samples by their time only. A profile in the pprof
 * format has sums, so the line is made up: each sample stands for as long as it cost, in the profile's order.
 */

import { NopsError } from '../protocol/errors.js';
import { convert, isConvertible } from './measurement.js';
import { defaultTypeIndex, type Profile, sampleCount } from './model.js';

export interface Timeline {
  /** By entry, the sample that it is of. */
  samples: Uint32Array;
  /** By entry, when it begins, in whole microseconds from the start; one more for the end. */
  startMicros: Float64Array;
}

/** More are one entry for each sample, however often it was counted. */
const maxEntries = 1_000_000;

/**
 * A sample that was counted n times has n entries. What is counted instead of timed takes a microsecond each; samples without or with
 * negative cost have no place. Throws `usage` for bytes.
 */
export function timelineOf(profile: Profile): Timeline {
  const { sampleTypes, values } = profile;
  const types = sampleTypes.length;
  const type = defaultTypeIndex(profile);
  const { type: name = '', unit = '' } = sampleTypes[type] ?? {};
  const isTime = isConvertible(unit, 'nanoseconds');
  if (!isTime && isConvertible(unit, 'bytes'))
    throw new NopsError('usage', `this format has times, and ${name} of this profile is measured in ${unit}`);
  const micros = isTime ? convert(1, unit, 'nanoseconds').value / 1000 : 1;
  const counted = sampleTypes.findIndex(({ type: of, unit: u }) => u === 'count' && /^samples?$/.test(of));
  const timesOf = (i: number) => (counted < 0 ? 1 : Math.max(1, Math.trunc(values[i * types + counted] ?? 1)));
  const shown = Array.from({ length: sampleCount(profile) }, (_, i) => i).filter(
    i => (values[i * types + type] ?? 0) > 0,
  );
  const all = shown.reduce((sum, i) => sum + timesOf(i), 0);
  const entries: number[] = [];
  const starts: number[] = [0];
  let time = 0;
  for (const i of shown) {
    const times = all > maxEntries ? 1 : timesOf(i);
    const each = ((values[i * types + type] ?? 0) * micros) / times;
    for (let n = 1; n <= times; n++) {
      entries.push(i);
      starts.push(Math.round(time + each * n));
    }
    time += each * times;
  }
  return { samples: Uint32Array.from(entries), startMicros: Float64Array.from(starts) };
}
