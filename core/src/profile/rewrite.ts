/** New profiles from old ones: other samples, stacks or lines, everything else shared. What filters are made of. */

import { GrowingUint32 } from './growing.js';
import { locationCount, type Profile, sampleCount } from './model.js';

/**
 * The samples for which `rewrite` returns true, each with the stack of locations, leaf first, that it pushed to `stack`. Their
 * values and labels stay.
 */
export function rewriteSamples(profile: Profile, rewrite: (sample: number, stack: GrowingUint32) => boolean): Profile {
  const stacks = new GrowingUint32(profile.stacks.length);
  const stackStarts = new GrowingUint32(profile.stackStarts.length);
  const kept = new GrowingUint32(sampleCount(profile));
  stackStarts.push(0);
  for (let i = 0; i < sampleCount(profile); i++) {
    const start = stacks.length;
    if (!rewrite(i, stacks)) {
      stacks.length = start;
      continue;
    }
    stackStarts.push(stacks.length);
    kept.push(i);
  }
  const columns = { stacks: stacks.finish(), stackStarts: stackStarts.finish() };
  if (kept.length === sampleCount(profile)) return { ...profile, ...columns };
  return { ...profile, ...columns, ...pickSamples(profile, kept.finish()) };
}

/** The samples for which `keep` returns true, as they are. */
export function keepSamples(profile: Profile, keep: (sample: number) => boolean): Profile {
  return rewriteSamples(profile, (i, stack) => {
    if (!keep(i)) return false;
    pushStack(profile, stack, profile.stackStarts[i] ?? 0, profile.stackStarts[i + 1] ?? 0);
    return true;
  });
}

/** Pushes the locations at from ≤ s < to of `profile.stacks`. */
export function pushStack(profile: Profile, stack: GrowingUint32, from: number, to: number): void {
  stack.reserve(to - from);
  stack.array.set(profile.stacks.subarray(from, to), stack.length);
  stack.length += to - from;
}

function pickSamples(
  profile: Profile,
  kept: Uint32Array,
): Pick<Profile, 'values' | 'exactValues' | 'labelStarts' | 'labelIds'> {
  const types = profile.sampleTypes.length;
  const values = new Float64Array(kept.length * types);
  const exactValues = profile.exactValues === undefined ? undefined : new BigInt64Array(values.length);
  const labelStarts = new Uint32Array(kept.length + 1);
  const labelIds = new GrowingUint32(16);
  for (const [to, from] of kept.entries()) {
    for (let t = 0; t < types; t++) {
      values[to * types + t] = profile.values[from * types + t] ?? 0;
      if (exactValues !== undefined) exactValues[to * types + t] = profile.exactValues?.[from * types + t] ?? 0n;
    }
    for (let k = profile.labelStarts[from] ?? 0; k < (profile.labelStarts[from + 1] ?? 0); k++)
      labelIds.push(profile.labelIds[k] ?? 0);
    labelStarts[to + 1] = labelIds.length;
  }
  return { values, exactValues, labelStarts, labelIds: labelIds.finish() };
}

/** The lines for which `keep[line]` is not 0; locations keep their numbers, also when they have no lines any more. */
export function keepLines(profile: Profile, keep: Uint8Array): Profile {
  if (keep.every(kept => kept !== 0)) return profile;
  const pick = <T extends Uint32Array | Int32Array>(column: T): T => column.filter((_, k) => keep[k] !== 0) as T;
  const lineStarts = new Uint32Array(profile.lineStarts.length);
  for (let l = 0; l < locationCount(profile); l++) {
    let count = 0;
    for (let k = profile.lineStarts[l] ?? 0; k < (profile.lineStarts[l + 1] ?? 0); k++) if (keep[k] !== 0) count++;
    lineStarts[l + 1] = (lineStarts[l] ?? 0) + count;
  }
  return {
    ...profile,
    lineStarts,
    lineFunctions: pick(profile.lineFunctions),
    lines: pick(profile.lines),
    columns: pick(profile.columns),
  };
}

/** The labels for which `keep[label]` is true, in all samples; `labels` itself stays. */
export function keepLabels(profile: Profile, keep: readonly boolean[]): Profile {
  if (keep.every(kept => kept)) return profile;
  const labelStarts = new Uint32Array(profile.labelStarts.length);
  const labelIds = new GrowingUint32(profile.labelIds.length);
  for (let i = 0; i < sampleCount(profile); i++) {
    for (let k = profile.labelStarts[i] ?? 0; k < (profile.labelStarts[i + 1] ?? 0); k++) {
      const id = profile.labelIds[k] ?? 0;
      if (keep[id] === true) labelIds.push(id);
    }
    labelStarts[i + 1] = labelIds.length;
  }
  return { ...profile, labelStarts, labelIds: labelIds.finish() };
}
