/** Which functions and mappings an expression matches: once for each, not once for each sample. */

import type { Profile } from './model.js';

/** A RegExp without the flags g and y, whose `test` would depend on the call before. */
export interface Matcher {
  test(text: string): boolean;
}

export interface Matches {
  /** By line: whether its function's name or file matches. */
  lines: Uint8Array;
  /** By location: whether the file of its mapping matches. */
  mappings: Uint8Array;
}

export function findMatches(profile: Profile, matcher: Matcher): Matches {
  const functions = Uint8Array.from(profile.functionNames, (name, f) =>
    Number(matcher.test(name) || matcher.test(profile.functionFiles[f] ?? '')),
  );
  const mappings = profile.mappings.map(mapping => Number(matcher.test(mapping.file)));
  return {
    lines: Uint8Array.from(profile.lineFunctions, f => functions[f] ?? 0),
    mappings: Uint8Array.from(profile.locationMappings, m => (m === 0 ? 0 : (mappings[m - 1] ?? 0))),
  };
}

/** Whether any line of location `l`, or its mapping, matches. */
export function matchesLocation(profile: Profile, { lines, mappings }: Matches, l: number): boolean {
  for (let k = profile.lineStarts[l] ?? 0; k < (profile.lineStarts[l + 1] ?? 0); k++) if (lines[k] === 1) return true;
  return mappings[l] === 1;
}
