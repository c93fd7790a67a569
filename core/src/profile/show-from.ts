/** Go's ShowFrom: cuts each stack above its outermost frame that matches. */

import { findMatches, type Matcher } from './match.js';
import { locationCount, type Profile } from './model.js';
import { keepLines, pushStack, rewriteSamples } from './rewrite.js';

/** Samples without a frame that matches are left out. Where the mapping matches, all lines of a location stay. */
export function showFrom(profile: Profile, matcher: Matcher): { profile: Profile; matched: boolean } {
  const matches = findMatches(profile, matcher);
  const found = new Uint8Array(locationCount(profile));
  const lines = new Uint8Array(profile.lineFunctions.length).fill(1);
  for (let l = 0; l < found.length; l++) {
    if (matches.mappings[l] === 1) {
      found[l] = 1;
      continue;
    }
    const from = profile.lineStarts[l] ?? 0;
    const last = matches.lines.subarray(from, profile.lineStarts[l + 1]).lastIndexOf(1);
    if (last < 0) continue;
    found[l] = 1;
    lines.fill(0, from + last + 1, profile.lineStarts[l + 1]);
  }
  const cut = rewriteSamples(profile, (i, stack) => {
    const start = profile.stackStarts[i] ?? 0;
    for (let s = (profile.stackStarts[i + 1] ?? 0) - 1; s >= start; s--) {
      if (found[profile.stacks[s] ?? 0] === 0) continue;
      pushStack(profile, stack, start, s + 1);
      return true;
    }
    return false;
  });
  return { profile: keepLines(cut, lines), matched: found.includes(1) };
}
