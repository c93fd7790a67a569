/**
 * Go's FilterSamplesByTag, and the expressions of its options tagfocus and tagignore:
 *
 *   regex[,regex]        each matches some "key:text" of the sample
 *   key=regex[,regex]    one matches some text under the key
 *   [key=]32kb           a number of this size; ":64kb" up to it, "4mb:" from it, "12kb:64mb" between them, all included
 */

import { goRegExp } from './go-regexp.js';
import type { Matcher } from './match.js';
import { convert } from './measurement.js';
import { type Label, type Profile, sampleCount } from './model.js';
import { keepSamples } from './rewrite.js';

/** By test and label of a profile, whether they fit; a sample passes when `all` tests, or any of them, find a label of its. */
export interface TagFilter {
  tests: ((label: Label) => boolean)[];
  all: boolean;
}

/** `units` as `numberUnits` tells them. Throws `usage` for what is no expression. */
export function parseTagFilter(text: string, units: ReadonlyMap<string, string>, option: string): TagFilter {
  const equals = text.indexOf('=');
  const key = equals < 0 ? '' : text.slice(0, equals);
  const value = equals < 0 ? text : text.slice(equals + 1);
  const range = parseRange(value);
  if (range !== undefined) {
    const test = (label: Label) =>
      !('text' in label) &&
      (key === '' || label.key === key) &&
      range(Number(label.number), units.get(label.key) ?? '');
    return { tests: [test], all: true };
  }
  const matchers = value.split(',').map(expression => goRegExp(expression, option));
  return { tests: matchers.map(matcher => matchText(matcher, key)), all: key === '' };
}

function matchText(matcher: Matcher, key: string): (label: Label) => boolean {
  if (key === '') return label => 'text' in label && matcher.test(`${label.key}:${label.text}`);
  return label => 'text' in label && label.key === key && matcher.test(label.text);
}

/** Whether the text is a range, not an expression. */
export function isTagRange(text: string): boolean {
  return parseRange(text.slice(text.indexOf('=') + 1)) !== undefined;
}

function parseRange(text: string): ((value: number, unit: string) => boolean) | undefined {
  const found = /^(?:([+-]?\d+)([A-Za-z]+)?)?(:)?(?:([+-]?\d+)([A-Za-z]+)?)?$/.exec(text);
  if (found === null) return undefined;
  const [, low, lowUnit = '', colon, high, highUnit = ''] = found;
  if (low === undefined && high === undefined) return undefined;
  const bound = (value: string, from: string, to: string) => convert(Number(value), from, to);
  const first = low === undefined ? undefined : bound(low, lowUnit, lowUnit);
  const { unit } = first ?? bound(high ?? '', highUnit, highUnit);
  const last = high === undefined ? undefined : bound(high, highUnit, first === undefined ? highUnit : unit);
  if (last !== undefined && last.unit !== unit) return undefined;
  const from = first?.value ?? Number.NEGATIVE_INFINITY;
  const to = last?.value ?? (colon === undefined ? from : Number.POSITIVE_INFINITY);
  return (value, own) => {
    const scaled = convert(value, own, unit);
    return scaled.unit === unit && scaled.value >= from && scaled.value <= to;
  };
}

/** Samples that pass `focus` and don't pass `ignore`; whether any passed each. */
export function filterByTag(
  profile: Profile,
  { focus, ignore }: { focus?: TagFilter | undefined; ignore?: TagFilter | undefined },
): { profile: Profile; matched: { focus: boolean; ignore: boolean } } {
  const focuses = focus && compile(profile, focus);
  const ignores = ignore && compile(profile, ignore);
  const matched = { focus: false, ignore: false };
  const keep = Uint8Array.from({ length: sampleCount(profile) }, (_, i) => {
    const focused = focuses?.(i) ?? true;
    const ignored = ignores?.(i) ?? false;
    matched.focus ||= focused;
    matched.ignore ||= ignored;
    return Number(focused && !ignored);
  });
  return { profile: keepSamples(profile, i => keep[i] === 1), matched };
}

/** Each label is tested once, however many samples have it. */
function compile(profile: Profile, { tests, all }: TagFilter): (sample: number) => boolean {
  const masks = tests.map(test => profile.labels.map(test));
  return sample => {
    const ids = profile.labelIds.subarray(profile.labelStarts[sample], profile.labelStarts[sample + 1]);
    const passes = (mask: boolean[]) => ids.some(id => mask[id] === true);
    return all ? masks.every(passes) : masks.some(passes);
  };
}
