/**
 * Search in a flame graph: which functions a regular expression finds, and which part of the profile goes through them. A sample
 * counts once however many frames of its stack are found: what counts is the topmost found box of each stack, and those never overlap.
 */

import type { FlameLayout } from './layout.js';

export interface FlameMatches {
  /** By box: 0, or one of the numbers below. */
  states: Uint8Array;
  /** 1 for each block of `blockBoxes` that holds a found box. */
  blocks: Uint8Array;
  /** How much of the whole goes through found functions. */
  matched: number;
}

/** Topmost found boxes, which do not overlap; others that are found; and those that are not, below one. */
export const matchStates = { topmost: 1, found: 2, below: 3 } as const;

const blockBoxes = 256;

/** Ignores case unless the expression holds a capital letter. Throws a SyntaxError that says what is wrong. */
export function compileSearch(text: string): RegExp {
  return new RegExp(text, /\p{Lu}/u.test(text.replace(/\\./g, '')) ? '' : 'i');
}

/**
 * Whether the expression takes no longer than the square of a text's length, however the text looks: no group is repeated, and at most one
 * thing without a limit. Such a one need not be run where it can be given up.
 */
export function isQuick(text: string): boolean {
  const bare = text.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  const isSimple = !/[)][*+?{]|\(\?|\{\d*,\d*\}/.test(bare) && !/\\\d/.test(text);
  return isSimple && (bare.match(/[*+]/g) ?? []).length <= 1;
}

/** By group of functions: 1 when its name, or `name place`, is found. `texts` are both together, made once for many searches. */
export function findGroups(names: readonly string[], texts: readonly string[], search: RegExp): Uint8Array {
  const found = new Uint8Array(names.length);
  // What looks at the end of a text finds other things in the name alone.
  const looksAtEnd = /[$]|\\[bB]|\(\?/.test(search.source);
  for (let g = 0; g < found.length; g++)
    if (search.test(texts[g] ?? '') || (looksAtEnd && search.test(names[g] ?? ''))) found[g] = 1;
  return found;
}

/** `found` is by group. */
export function matchFlame(layout: FlameLayout, found: Uint8Array): FlameMatches {
  const { parents, groups, starts, ends } = layout;
  const count = starts.length;
  const states = new Uint8Array(count);
  const blocks = new Uint8Array(Math.ceil(count / blockBoxes));
  let matched = 0;
  // The root is of no function. Parents come before their children. Of most boxes there is nothing to say, so that is asked first.
  for (let box = 1; box < count; box++) {
    const isFound = found[groups[box] ?? 0] ?? 0;
    const above = states[parents[box] ?? 0] ?? 0;
    if ((isFound | above) === 0) continue;
    if (above !== 0) states[box] = isFound === 1 ? matchStates.found : matchStates.below;
    else {
      states[box] = matchStates.topmost;
      matched += (ends[box] ?? 0) - (starts[box] ?? 0);
    }
    if (isFound === 1) blocks[(box / blockBoxes) | 0] = 1;
  }
  return { states, blocks, matched };
}

/** Whether a box of from ≤ b < to is found. */
export function isAnyFound({ states, blocks }: FlameMatches, from: number, to: number): boolean {
  for (let box = from; box < to; ) {
    if (blocks[Math.floor(box / blockBoxes)] !== 1) {
      box = (Math.floor(box / blockBoxes) + 1) * blockBoxes;
      continue;
    }
    const state = states[box++];
    if (state === matchStates.topmost || state === matchStates.found) return true;
  }
  return false;
}

/** How much of the profile between `from` and `to` goes through found functions. */
export function matchedWithin(layout: FlameLayout, matches: FlameMatches, from: number, to: number): number {
  const { rowStarts, starts, ends } = layout;
  if (from <= (starts[0] ?? 0) && to >= (ends[0] ?? 0)) return matches.matched;
  let sum = 0;
  for (let row = 1; row < rowStarts.length - 1; row++) {
    const rowEnd = rowStarts[row + 1] ?? 0;
    let box = countUntil(ends, rowStarts[row] ?? 0, rowEnd, from);
    for (; box < rowEnd && (starts[box] ?? 0) < to; box++)
      if (matches.states[box] === matchStates.topmost)
        sum += Math.min(to, ends[box] ?? 0) - Math.max(from, starts[box] ?? 0);
  }
  return sum;
}

/** The first index in [from, to) of an ascending column whose value is greater than `value`; `to` when there is none. */
export function countUntil(
  column: Float64Array | Int32Array | Uint32Array,
  from: number,
  to: number,
  value: number,
): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((column[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
