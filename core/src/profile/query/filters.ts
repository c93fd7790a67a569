/**
 * What a reader changes about stacks, one chip each. `focus` to `show_from` are pprof's options of the same names: focus and ignore choose
 * samples by all their frames, hide and show choose frames, and show_from cuts off callers of what is left. Their order does not count, but
 * for that of several show_from. (Where calls were inlined into one location, Go's show_from also cuts those below another match.)
 */

import { goRegExp } from '../go-regexp.js';
import type { Matcher } from '../match.js';
import type { FrameTable } from './frames.js';

export const filterKinds = [
  'focus',
  'ignore',
  'hide',
  'show',
  'show_from',
  // Samples by their labels.
  'tagfocus',
  'tagignore',
  // A function that calls itself is one frame.
  'collapse',
  // Frames of others are folded into the frame of yours that called them.
  'mine',
] as const;

export type FilterKind = (typeof filterKinds)[number];

export interface Filter {
  kind: FilterKind;
  /** A regular expression in Go's syntax, or a tag filter; '' for switches. */
  text: string;
}

/** Those that choose samples by their labels, not by their stacks. */
export function isTagFilter(kind: FilterKind): boolean {
  return kind === 'tagfocus' || kind === 'tagignore';
}

/** More would not fit into the bits of one number. */
export const maxFilters = 30;

/** By what is matched: which of several expressions do, as bits. */
export interface FrameBits {
  focus: Uint32Array;
  ignore: Uint8Array;
  hidden: Uint8Array;
  from: Uint32Array;
}

export interface FramePlan {
  bits: FrameBits;
  /** All bits of focus that a sample needs. */
  focus: number;
  /** How many show_from follow each other. */
  stages: number;
  /** Whether any frame is hidden: a sample of which none remains is left out then. */
  hides: boolean;
  collapse: boolean;
  mine: boolean;
}

/** Compiled once, for any number of tables. Throws `usage` when an expression is none. */
export function compileFilters(filters: readonly Filter[]): Compiled {
  const of = (kind: FilterKind): Matcher[] =>
    filters.slice(0, maxFilters).flatMap(each => (each.kind === kind ? [goRegExp(each.text, kind)] : []));
  return {
    focus: of('focus'),
    ignore: of('ignore'),
    hide: of('hide'),
    show: of('show'),
    from: of('show_from'),
    collapse: filters.some(({ kind }) => kind === 'collapse'),
    mine: filters.some(({ kind }) => kind === 'mine'),
  };
}

export interface Compiled {
  focus: Matcher[];
  ignore: Matcher[];
  hide: Matcher[];
  show: Matcher[];
  from: Matcher[];
  collapse: boolean;
  mine: boolean;
}

export function planFrames(
  compiled: Compiled,
  { functions, objects, names, files, objectNames }: FrameTable,
): FramePlan {
  // Names and files are tested once for each function, not for each line.
  const byFunction = matchAll(
    compiled,
    names.map((name, g) => [name, files[g] ?? '']),
  );
  const byObject = matchAll(
    compiled,
    objectNames.map(object => (object === '' ? [] : [object])),
  );
  const both = (column: keyof MatchedBits) =>
    Uint32Array.from(functions, (g, f) => (byFunction[column][g] ?? 0) | (byObject[column][objects[f] ?? 0] ?? 0));
  const show = both('show');
  const hide = both('hide');
  const hidden = Uint8Array.from(hide, (bits, f) => Number(isHidden(compiled, bits, show[f] ?? 0)));
  return {
    bits: {
      focus: both('focus'),
      ignore: Uint8Array.from(both('ignore'), bits => Number(bits !== 0)),
      hidden,
      from: both('from'),
    },
    ...planOf(compiled, hidden.includes(1)),
  };
}

function planOf(compiled: Compiled, hides: boolean): Omit<FramePlan, 'bits'> {
  return {
    focus: allBits(compiled.focus.length),
    stages: compiled.from.length,
    hides,
    collapse: compiled.collapse,
    mine: compiled.mine,
  };
}

/** The same for frames that are no functions, as labels at the root; each by the texts that it is found by. */
export function matchTexts(compiled: Compiled, texts: readonly string[][]): FrameBits {
  const { focus, ignore, hide, show, from } = matchAll(compiled, texts);
  return {
    focus,
    ignore: Uint8Array.from(ignore, bits => Number(bits !== 0)),
    hidden: Uint8Array.from(hide, (bits, i) => Number(isHidden(compiled, bits, show[i] ?? 0))),
    from,
  };
}

function isHidden({ show }: Compiled, hideBits: number, showBits: number): boolean {
  return hideBits !== 0 || showBits !== allBits(show.length);
}

type MatchedBits = Record<'focus' | 'ignore' | 'hide' | 'show' | 'from', Uint32Array>;

/** By entry, which expressions match any of its texts. */
function matchAll(compiled: Compiled, entries: readonly string[][]): MatchedBits {
  const bits = (matchers: Matcher[]) =>
    Uint32Array.from(entries, texts =>
      matchers.reduce(
        (found, matcher, bit) => (texts.some(text => matcher.test(text)) ? found | (1 << bit) : found),
        0,
      ),
    );
  return {
    focus: bits(compiled.focus),
    ignore: bits(compiled.ignore),
    hide: bits(compiled.hide),
    show: bits(compiled.show),
    from: bits(compiled.from),
  };
}

function allBits(count: number): number {
  return 2 ** count - 1;
}
