/** Profile → JSON for scripts (`nops.profile/1`). */

import { labelsOf, type Profile, sampleCount } from '../model.js';
import type { ProfileJson } from './profile-json.js';

export function toJson(profile: Profile): ProfileJson {
  const { sampleTypes, stackStarts, stacks, lineStarts, lineFunctions, lines, columns, values } = profile;
  const types = sampleTypes.length;
  return {
    schema: 'nops.profile/1',
    sampleTypes,
    defaultSampleType: profile.defaultSampleType,
    periodType: profile.periodType,
    period: profile.period,
    timeNanos: String(profile.timeNanos),
    durationNanos: profile.durationNanos,
    comments: profile.comments,
    frames: Array.from(lineFunctions, (f, k) => ({
      function: profile.functionNames[f] ?? '',
      file: profile.functionFiles[f] ?? '',
      startLine: profile.functionStartLines[f] ?? 0,
      line: lines[k] ?? 0,
      column: columns[k] ?? 0,
    })),
    samples: Array.from({ length: sampleCount(profile) }, (_, i) => ({
      stack: Array.from(stacks.subarray(stackStarts[i], stackStarts[i + 1])).flatMap(l =>
        Array.from({ length: (lineStarts[l + 1] ?? 0) - (lineStarts[l] ?? 0) }, (_line, k) => (lineStarts[l] ?? 0) + k),
      ),
      values: [...values.subarray(i * types, (i + 1) * types)],
      labels: labelsOf(profile, i).map(label =>
        'text' in label ? label : { key: label.key, number: String(label.number), unit: label.unit },
      ),
    })),
  };
}
