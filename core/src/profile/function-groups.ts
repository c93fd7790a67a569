/** Which functions of a profile count as one: those of the same name and file, as in `topEntries` and in `go tool pprof`. */

import type { Profile } from './model.js';

export interface FunctionGroups {
  /** of[function] is its group. */
  of: Uint32Array;
  /** first[group] is the first function in it. */
  first: Uint32Array;
}

export function groupFunctions(profile: Profile): FunctionGroups {
  const ids = new Map<string, number>();
  const first: number[] = [];
  const of = Uint32Array.from(profile.functionNames, (name, f) => {
    const key = `${name}\n${profile.functionFiles[f] ?? ''}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, first.length);
    return first.push(f) - 1;
  });
  return { of, first: Uint32Array.from(first) };
}
