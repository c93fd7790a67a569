/** Profile → the bytes of pprof's protocol buffer, not compressed: gzip is the caller's, since this package does no I/O. */

import * as pprof from 'pprof-format';
import { type Profile, sampleCount, type ValueType } from './model.js';

export function encodeProfile(profile: Profile): Uint8Array {
  const strings = new pprof.StringTable();
  const valueType = (v: ValueType) =>
    pprof.ValueType.create({ type: strings.dedup(v.type), unit: strings.dedup(v.unit) });
  return new pprof.Profile({
    sampleType: profile.sampleTypes.map(valueType),
    sample: encodeSamples(profile),
    location: encodeLocations(profile),
    function: profile.functionNames.map((name, f) =>
      pprof.Function.create({
        id: f + 1,
        name: strings.dedup(name),
        systemName: strings.dedup(name),
        filename: strings.dedup(profile.functionFiles[f] ?? ''),
        startLine: profile.functionStartLines[f] ?? 0,
      }),
    ),
    stringTable: strings,
    timeNanos: profile.timeNanos,
    durationNanos: Math.round(profile.durationNanos),
    // An empty one would be written where no room was made for it: pprof-format counts a message of zeros as absent.
    ...(isEmpty(profile.periodType) ? {} : { periodType: valueType(profile.periodType) }),
    period: profile.period,
    comment: profile.comments.map(c => strings.dedup(c)),
    defaultSampleType: strings.dedup(profile.defaultSampleType),
  }).encode();
}

function isEmpty({ type, unit }: ValueType): boolean {
  return type === '' && unit === '';
}

/** Ids start at 1 in the file: 0 means "none". */
function encodeSamples(profile: Profile): pprof.Sample[] {
  const types = profile.sampleTypes.length;
  return Array.from({ length: sampleCount(profile) }, (_, i) =>
    pprof.Sample.create({
      locationId: Array.from(profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1]), l => l + 1),
      value: Array.from(profile.values.subarray(i * types, (i + 1) * types), v => Math.round(v)),
      label: [],
    }),
  );
}

function encodeLocations(profile: Profile): pprof.Location[] {
  return Array.from({ length: profile.lineStarts.length - 1 }, (_, l) => {
    const line: pprof.Line[] = [];
    for (let k = profile.lineStarts[l] ?? 0; k < (profile.lineStarts[l + 1] ?? 0); k++) {
      line.push(
        pprof.Line.create({
          functionId: (profile.lineFunctions[k] ?? 0) + 1,
          line: profile.lines[k] ?? 0,
          column: profile.columns[k] ?? 0,
        }),
      );
    }
    return pprof.Location.create({ id: l + 1, line });
  });
}
