/**
 * Search in a flame graph: which functions a regular expression finds, and which part of the profile goes through them. A sample
 * counts once however many frames of its stack are found: what counts is the topmost found box of each stack, and those never overlap.
 */

import type { FlameLayout } from './flame-layout.js';

export interface FlameMatches {
  /** foundBefore[b] is the number of found boxes before box b, so a run of boxes is known to hold one without a walk through it. */
  foundBefore: Uint32Array;
  /** The topmost found boxes as ranges, from left to right. */
  starts: Float64Array;
  ends: Float64Array;
  /** sums[i] is the length of the ranges before range i. */
  sums: Float64Array;
}

/** Ignores case unless the expression holds a capital letter. Throws a SyntaxError that says what is wrong. */
export function compileSearch(text: string): RegExp {
  return new RegExp(text, /\p{Lu}/u.test(text.replace(/\\./g, '')) ? '' : 'i');
}

/** By group of functions: 1 when its name, or `name place`, is found. */
export function findGroups(names: readonly string[], places: readonly string[], search: RegExp): Uint8Array {
  return Uint8Array.from(names, (name, g) => (search.test(name) || search.test(`${name} ${places[g] ?? ''}`) ? 1 : 0));
}

/** `found` is by group. */
export function matchFlame(layout: FlameLayout, found: Uint8Array): FlameMatches {
  const count = layout.starts.length;
  const foundBefore = new Uint32Array(count + 1);
  /** 1 for a found box and for everything below one. */
  const covered = new Uint8Array(count);
  const topmost: number[] = [];
  // The root is of no function. Parents come before their children.
  for (let box = 1; box < count; box++) {
    const hit = found[layout.groups[box] ?? 0] ?? 0;
    const below = covered[layout.parents[box] ?? 0] ?? 0;
    foundBefore[box + 1] = (foundBefore[box] ?? 0) + hit;
    covered[box] = hit | below;
    if (hit === 1 && below === 0) topmost.push(box);
  }
  const order = Uint32Array.from(topmost).sort((a, b) => (layout.starts[a] ?? 0) - (layout.starts[b] ?? 0));
  const starts = Float64Array.from(order, box => layout.starts[box] ?? 0);
  const ends = Float64Array.from(order, box => layout.ends[box] ?? 0);
  const sums = new Float64Array(order.length + 1);
  for (let i = 0; i < order.length; i++) sums[i + 1] = (sums[i] ?? 0) + (ends[i] ?? 0) - (starts[i] ?? 0);
  return { foundBefore, starts, ends, sums };
}

/** How much of the profile between `from` and `to` goes through found functions. */
export function matchedWithin(matches: FlameMatches, from: number, to: number): number {
  const { starts, ends, sums } = matches;
  const first = countUntil(ends, 0, ends.length, from);
  const last = countUntil(starts, first, starts.length, to);
  if (last <= first) return 0;
  const before = Math.max(0, from - (starts[first] ?? 0));
  const after = Math.max(0, (ends[last - 1] ?? 0) - to);
  return (sums[last] ?? 0) - (sums[first] ?? 0) - before - after;
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
