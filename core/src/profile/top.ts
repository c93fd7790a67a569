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
  const types = profile.sampleTypes.length;
  const type = defaultTypeIndex(profile);
  let total = 0;
  let samples = 0;
  for (let i = 0; i < sampleCount(profile); i++) {
    total += profile.values[i * types + type] ?? 0;
    samples += types > 1 ? (profile.values[i * types] ?? 0) : 1;
  }
  const { flat, cum } = sumGroups(profile, groups.of, groups.first.length, type);
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

/** Flat and cum by group. A group counts once a sample, however often it is on the stack. */
function sumGroups(
  profile: Profile,
  groupOf: Uint32Array,
  groups: number,
  type: number,
): { flat: Float64Array; cum: Float64Array } {
  const { stackStarts, stacks, lineStarts, lineFunctions, values } = profile;
  const flat = new Float64Array(groups);
  const cum = new Float64Array(groups);
  /** The last sample, counted from 1, in which a group was seen. */
  const seen = new Uint32Array(groups);
  const types = profile.sampleTypes.length;
  const lineGroups = lineFunctions.map(f => groupOf[f] ?? 0);
  // Without inlined calls a location is its only line, and the inner loop is for nothing.
  const isSingle = lineStarts.every((start, l) => start === l);
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = values[i * types + type] ?? 0;
    if (isSingle) {
      const from = stackStarts[i] ?? 0;
      const to = stackStarts[i + 1] ?? 0;
      const leaf = lineGroups[stacks[from] ?? 0] ?? 0;
      if (from < to) flat[leaf] = (flat[leaf] ?? 0) + value;
      for (let s = from; s < to; s++) {
        const group = lineGroups[stacks[s] ?? 0] ?? 0;
        if (seen[group] === i + 1) continue;
        seen[group] = i + 1;
        cum[group] = (cum[group] ?? 0) + value;
      }
      continue;
    }
    let innermost = true;
    for (let s = stackStarts[i] ?? 0; s < (stackStarts[i + 1] ?? 0); s++) {
      const location = stacks[s] ?? 0;
      for (let k = lineStarts[location] ?? 0; k < (lineStarts[location + 1] ?? 0); k++) {
        const group = lineGroups[k] ?? 0;
        if (innermost) flat[group] = (flat[group] ?? 0) + value;
        innermost = false;
        if (seen[group] === i + 1) continue;
        seen[group] = i + 1;
        cum[group] = (cum[group] ?? 0) + value;
      }
    }
  }
  return { flat, cum };
}
