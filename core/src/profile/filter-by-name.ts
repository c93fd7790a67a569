/**
 * Go's FilterSamplesByName: `focus` and `ignore` choose samples, `hide` and `show` choose frames in them. Each is matched against a
 * function's name, its file, and the file of its mapping.
 */

import { findMatches, type Matcher, matchesLocation } from './match.js';
import { locationCount, type Profile } from './model.js';
import { keepLines, rewriteSamples } from './rewrite.js';

export interface NameFilters {
  /** Only samples with a frame that matches. */
  focus?: Matcher | undefined;
  /** No samples with a frame that matches. */
  ignore?: Matcher | undefined;
  /** Without the frames that match. */
  hide?: Matcher | undefined;
  /** Only the frames that match. */
  show?: Matcher | undefined;
}

export interface NameFiltered {
  profile: Profile;
  /** Whether each expression, where there is one, matched anything. */
  matched: Record<keyof NameFilters, boolean>;
}

/** Samples of which no frame remains are left out; without any filter those that never had one stay. */
export function filterByName(profile: Profile, filters: NameFilters): NameFiltered {
  if (Object.values(filters).every(filter => filter === undefined))
    return { profile, matched: { focus: true, ignore: false, hide: false, show: false } };
  const count = locationCount(profile);
  const focus = locationsThat(profile, filters.focus, 1);
  const ignore = locationsThat(profile, filters.ignore, 0);
  const kept = framesThat(profile, filters);
  const { hidden } = kept;
  const hides = hidden.includes(1);
  const matched = { focus: false, ignore: false, hide: kept.hideMatched, show: kept.showMatched };
  for (let l = 0; l < count; l++) {
    if (ignore[l] === 1) matched.ignore = true;
    else if (focus[l] === 1) matched.focus = true;
  }
  const { stacks, stackStarts } = profile;
  const filtered = rewriteSamples(profile, (i, stack) => {
    const before = stack.length;
    let focused = false;
    for (let s = stackStarts[i] ?? 0; s < (stackStarts[i + 1] ?? 0); s++) {
      const l = stacks[s] ?? 0;
      if (ignore[l] === 1) return false;
      if (focus[l] === 1) focused = true;
      if (hidden[l] === 0) stack.push(l);
    }
    return focused && (!hides || stack.length > before);
  });
  return { profile: keepLines(filtered, kept.lines), matched };
}

/** By location, whether it matches; `otherwise` where there is no expression. */
function locationsThat(profile: Profile, matcher: Matcher | undefined, otherwise: number): Uint8Array {
  const count = locationCount(profile);
  if (matcher === undefined) return new Uint8Array(count).fill(otherwise);
  const matches = findMatches(profile, matcher);
  return Uint8Array.from({ length: count }, (_, l) => Number(matchesLocation(profile, matches, l)));
}

interface Frames {
  /** By line, whether it stays. */
  lines: Uint8Array;
  /** By location, whether it is gone altogether. */
  hidden: Uint8Array;
  hideMatched: boolean;
  showMatched: boolean;
}

function framesThat(profile: Profile, { hide, show }: NameFilters): Frames {
  const count = locationCount(profile);
  const frames = {
    lines: new Uint8Array(profile.lineFunctions.length).fill(1),
    hidden: new Uint8Array(count),
    hideMatched: false,
    showMatched: false,
  };
  const hideMatches = hide && findMatches(profile, hide);
  const showMatches = show && findMatches(profile, show);
  for (let l = 0; l < count; l++) {
    const from = profile.lineStarts[l] ?? 0;
    const to = profile.lineStarts[l + 1] ?? 0;
    if (hideMatches !== undefined && matchesLocation(profile, hideMatches, l)) {
      frames.hideMatched = true;
      for (let k = from; k < to; k++)
        frames.lines[k] = hideMatches.mappings[l] === 1 ? 0 : 1 - (hideMatches.lines[k] ?? 0);
      if (!frames.lines.subarray(from, to).includes(1)) frames.hidden[l] = 1;
    }
    if (showMatches !== undefined) {
      for (let k = from; k < to; k++)
        if (showMatches.mappings[l] === 0 && showMatches.lines[k] === 0) frames.lines[k] = 0;
      if (frames.lines.subarray(from, to).includes(1)) frames.showMatched = true;
      else frames.hidden[l] = 1;
    }
  }
  return frames;
}
