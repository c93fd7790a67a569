/**
 * Search in a flame graph: which functions a regular expression finds, and which part of the profile goes through them. A sample
 * counts once however many frames of its stack are found: what counts is the topmost found box of each stack, and those never overlap.
 */

import type { FlameLayout } from './flame-layout.js';
import { GrowingUint32 } from './growing.js';

export interface FlameMatches {
  /** foundBefore[b] is the number of found boxes before box b, so a run of boxes is known to hold one without a walk through it. */
  foundBefore: Uint32Array;
  /** The topmost found boxes as ranges, row by row and from left to right in each; they do not overlap. */
  starts: Float64Array;
  ends: Float64Array;
}

/** Ignores case unless the expression holds a capital letter. Throws a SyntaxError that says what is wrong. */
export function compileSearch(text: string): RegExp {
  return new RegExp(text, /\p{Lu}/u.test(text.replace(/\\./g, '')) ? '' : 'i');
}

/** By group of functions: 1 when its name, or `name place`, is found. `texts` are both together, made once for many searches. */
export function findGroups(names: readonly string[], texts: readonly string[], search: RegExp): Uint8Array {
  return Uint8Array.from(names, (name, g) => (search.test(name) || search.test(texts[g] ?? '') ? 1 : 0));
}

/** `found` is by group. */
export function matchFlame(layout: FlameLayout, found: Uint8Array): FlameMatches {
  const { parents, groups, starts, ends } = layout;
  const count = starts.length;
  const foundBefore = new Uint32Array(count + 1);
  /** 1 for a found box and for everything below one. */
  const covered = new Uint8Array(count);
  const topmost = new GrowingUint32();
  let sum = 0;
  // The root is of no function. Parents come before their children.
  for (let box = 1; box < count; box++) {
    const hit = found[groups[box] ?? 0] ?? 0;
    const below = covered[parents[box] ?? 0] ?? 0;
    sum += hit;
    foundBefore[box + 1] = sum;
    covered[box] = hit | below;
    if (hit > below) topmost.push(box);
  }
  const boxes = topmost.finish();
  const columnOf = (column: Float64Array) => {
    const own = new Float64Array(boxes.length);
    for (let i = 0; i < boxes.length; i++) own[i] = column[boxes[i] ?? 0] ?? 0;
    return own;
  };
  return { foundBefore, starts: columnOf(starts), ends: columnOf(ends) };
}

/** How much of the profile between `from` and `to` goes through found functions. */
export function matchedWithin({ starts, ends }: FlameMatches, from: number, to: number): number {
  let sum = 0;
  for (let i = 0; i < starts.length; i++) {
    const length = Math.min(to, ends[i] ?? 0) - Math.max(from, starts[i] ?? 0);
    if (length > 0) sum += length;
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
