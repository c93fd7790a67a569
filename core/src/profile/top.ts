/** Which functions cost most: flat is what a function cost itself, cum what it and everything it called cost. */

import type { TopEntry } from '../protocol/results.js';
import { groupFunctions } from './function-groups.js';
import { defaultTypeIndex, type Profile, sampleCount } from './model.js';

export interface Top {
  /** Most flat first, then most cum. */
  entries: TopEntry[];
  /** Sum of all samples, in the unit of the default sample type. */
  total: number;
  samples: number;
}

/** The `limit` costliest functions; functions are told apart by name and file. */
export function topEntries(profile: Profile, { limit }: { limit: number }): Top {
  const groups = groupFunctions(profile);
  const flat = new Float64Array(groups.first.length);
  const cum = new Float64Array(groups.first.length);
  const types = profile.sampleTypes.length;
  const type = defaultTypeIndex(profile);
  let total = 0;
  let samples = 0;
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = profile.values[i * types + type] ?? 0;
    total += value;
    samples += types > 1 ? (profile.values[i * types] ?? 0) : 1;
    const seen = new Set<number>();
    forEachLine(profile, i, line => {
      const group = groups.of[profile.lineFunctions[line] ?? 0] ?? 0;
      if (seen.size === 0) flat[group] = (flat[group] ?? 0) + value;
      if (seen.has(group)) return;
      seen.add(group);
      cum[group] = (cum[group] ?? 0) + value;
    });
  }
  const percent = (value: number) => (total === 0 ? 0 : (value / total) * 100);
  const entries = Array.from(groups.first, (f, group) => ({
    function: profile.functionNames[f] ?? '',
    file: profile.functionFiles[f] ?? '',
    line: profile.functionStartLines[f] ?? 0,
    flat: flat[group] ?? 0,
    flatPercent: percent(flat[group] ?? 0),
    cum: cum[group] ?? 0,
    cumPercent: percent(cum[group] ?? 0),
  }))
    .sort((a, b) => b.flat - a.flat || b.cum - a.cum)
    .slice(0, limit);
  return { entries, total, samples };
}

/** Visits the lines of a sample from the innermost outwards. */
function forEachLine(profile: Profile, sample: number, visit: (line: number) => void): void {
  for (let s = profile.stackStarts[sample] ?? 0; s < (profile.stackStarts[sample + 1] ?? 0); s++) {
    const location = profile.stacks[s] ?? 0;
    for (let k = profile.lineStarts[location] ?? 0; k < (profile.lineStarts[location + 1] ?? 0); k++) visit(k);
  }
}
