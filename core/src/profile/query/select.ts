/** Which samples a query is about: a range of time, labels, one of two profiles. Everything given must hold. */

import { parseTagFilter, type TagFilter } from '../filter-by-tag.js';
import { countUntil } from '../flame/search.js';
import type { Label } from '../model.js';
import { labelUnits } from './label-units.js';
import type { SampleStore } from './store.js';

export interface SampleFilter {
  /** Nanoseconds since the beginning: samples that start at from ≤ t < to. Without times nothing is filtered. */
  time?: { from: number; to: number } | undefined;
  /** Expressions of pprof's options tagfocus and tagignore. */
  tagFocus?: readonly string[] | undefined;
  tagIgnore?: readonly string[] | undefined;
  /** Which of two profiles. */
  side?: 0 | 1 | undefined;
}

export interface Selection {
  /** Samples first ≤ i < end … */
  first: number;
  end: number;
  /** … whose set of labels is 1 here; all of them when undefined … */
  sets: Uint8Array | undefined;
  /** … and that came from this profile; from any when undefined. */
  side: 0 | 1 | undefined;
}

export function selectSamples(store: SampleStore, filter: SampleFilter): Selection {
  const count = store.leaves.length;
  const { starts } = store;
  const { time } = filter;
  const isTimed = time !== undefined && starts !== undefined;
  return {
    first: isTimed ? countUntil(starts, 0, count, justBelow(time.from)) : 0,
    end: isTimed ? countUntil(starts, 0, count, justBelow(time.to)) : count,
    sets: selectSets(store, filter),
    side: store.sides === undefined ? undefined : filter.side,
  };
}

/** `countUntil` looks for what is greater; a sample that starts at the value itself is wanted too. */
function justBelow(value: number): number {
  return value - Math.max(1e-6, Math.abs(value) * Number.EPSILON);
}

export function isSelected(store: SampleStore, { sets, side }: Selection, sample: number): boolean {
  if (sets !== undefined && sets[store.labelSets?.[sample] ?? 0] !== 1) return false;
  return side === undefined || store.sides?.[sample] === side;
}

/** By set of labels; undefined when all pass. Throws `usage` for what is no expression. */
function selectSets(store: SampleStore, { tagFocus = [], tagIgnore = [] }: SampleFilter): Uint8Array | undefined {
  if (tagFocus.length + tagIgnore.length === 0) return undefined;
  const units = labelUnits(store);
  const wanted = tagFocus.map(text => compile(store.labels, parseTagFilter(text, units, 'tagfocus')));
  const unwanted = tagIgnore.map(text => compile(store.labels, parseTagFilter(text, units, 'tagignore')));
  const passes = (set: Uint32Array) => wanted.every(test => test(set)) && !unwanted.some(test => test(set));
  // Without labels there is one set, the empty one.
  return Uint8Array.from(store.labelSets === undefined ? [new Uint32Array()] : store.sets, set => Number(passes(set)));
}

/** Each label is tested once, however many sets have it. */
function compile(labels: Label[], { tests, all }: TagFilter): (set: Uint32Array) => boolean {
  const masks = tests.map(test => labels.map(test));
  return set => {
    const finds = (mask: boolean[]) => set.some(id => mask[id] === true);
    return all ? masks.every(finds) : masks.some(finds);
  };
}
