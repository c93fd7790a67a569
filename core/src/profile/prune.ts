/** Go's Prune, PruneFrom and RemoveUninteresting: cut stacks below frames that match. Expressions are matched against names only. */

import { goRegExp } from './go-regexp.js';
import type { Matcher } from './match.js';
import { locationCount, type Profile } from './model.js';
import { keepLines, pushStack, rewriteSamples } from './rewrite.js';

/**
 * Removes from each stack the outermost frame that matches `drop`, and not `keep`, with all that it called. Frames before the first
 * one that does not match stay, so that nothing is lost of a stack that begins with such frames.
 */
export function prune(profile: Profile, drop: Matcher, keep?: Matcher): Profile {
  const dropped = matchNames(profile, name => drop.test(name) && !(keep?.test(name) ?? false));
  const count = locationCount(profile);
  const whole = new Uint8Array(count);
  const beneath = new Uint8Array(count);
  const lines = new Uint8Array(profile.lineFunctions.length).fill(1);
  for (let l = 0; l < count; l++) {
    const from = profile.lineStarts[l] ?? 0;
    const to = profile.lineStarts[l + 1] ?? 0;
    const last = dropped.subarray(from, to).lastIndexOf(1);
    if (last < 0) continue;
    beneath[l] = 1;
    if (last === to - from - 1) whole[l] = 1;
    else lines.fill(0, from, from + last + 1);
  }
  const pruned = rewriteSamples(profile, (i, stack) => {
    const start = profile.stackStarts[i] ?? 0;
    const end = profile.stackStarts[i + 1] ?? 0;
    let from = start;
    let user = false;
    for (let s = end - 1; s >= start; s--) {
      const l = profile.stacks[s] ?? 0;
      if (beneath[l] === 0) user = true;
      else if (user) {
        from = whole[l] === 1 ? s + 1 : s;
        break;
      }
    }
    pushStack(profile, stack, from, end);
    return true;
  });
  return keepLines(pruned, lines);
}

/** Removes what the innermost frame that matches called, not the frame itself. */
export function pruneFrom(profile: Profile, drop: Matcher): Profile {
  const dropped = matchNames(profile, name => drop.test(name));
  const found = new Uint8Array(locationCount(profile));
  const lines = new Uint8Array(profile.lineFunctions.length).fill(1);
  for (let l = 0; l < found.length; l++) {
    const from = profile.lineStarts[l] ?? 0;
    const first = dropped.subarray(from, profile.lineStarts[l + 1]).indexOf(1);
    if (first < 0) continue;
    found[l] = 1;
    lines.fill(0, from, from + first);
  }
  const pruned = rewriteSamples(profile, (i, stack) => {
    const start = profile.stackStarts[i] ?? 0;
    const end = profile.stackStarts[i + 1] ?? 0;
    let from = start;
    while (from < end && found[profile.stacks[from] ?? 0] === 0) from++;
    pushStack(profile, stack, from === end ? start : from, end);
    return true;
  });
  return keepLines(pruned, lines);
}

/** Prunes what the profile itself says is uninteresting: its `dropFrames`, without its `keepFrames`. Throws `usage` for no expression. */
export function removeUninteresting(profile: Profile): Profile {
  if (profile.dropFrames === '') return profile;
  const whole = (expression: string) => goRegExp(`^(?:${expression})$`, 'expression in the profile');
  return prune(profile, whole(profile.dropFrames), profile.keepFrames === '' ? undefined : whole(profile.keepFrames));
}

/** By line. A function without a name never matches. */
function matchNames(profile: Profile, matches: (name: string) => boolean): Uint8Array {
  const functions = Uint8Array.from(profile.functionNames, name =>
    Number(name !== '' && matches(withoutArguments(name))),
  );
  return Uint8Array.from(profile.lineFunctions, f => functions[f] ?? 0);
}

/** C++ functions are named with their arguments, which don't count; these brackets are part of a name. */
const partsOfNames = ['(anonymous namespace)', 'operator()'];

function withoutArguments(name: string): string {
  const text = name.startsWith('.') ? name.slice(1) : name;
  for (const found of text.matchAll(/\(anonymous namespace\)|operator\(\)|\(/g))
    if (!partsOfNames.includes(found[0])) return text.slice(0, found.index);
  return text;
}
