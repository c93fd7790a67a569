/**
 * The view as the address's fragment, which is never sent to a server: reloading, going back and sharing a link keep it. All that the page
 * shows follows from this and the profile.
 */

import { type Filter, filterKinds, maxFilters } from '@nops/core/profile/query/filters';
import { type GroupKind, groupKinds } from '@nops/core/profile/query/grouping';
import { type HeapSort, heapSorts } from '../worker/heap-messages.js';

export const modes = ['flame', 'callers', 'time', 'sandwich'] as const;
export type Mode = (typeof modes)[number];

export const colorings = ['category', 'package', 'difference'] as const;
export type Coloring = (typeof colorings)[number];

export const panels = ['functions', 'function', 'labels'] as const;
export type Panel = (typeof panels)[number];

export const comparisons = ['', 'rest', 'sides'] as const;

export interface ViewState {
  /** Id of the page; empty: the first one. */
  page: string;
  /** Ids of the profile that is shown, and of the one it is compared with; empty: the first one, and none. */
  open: string;
  base: string;
  /** Name of the sample type; empty: the profile's own choice. */
  type: string;
  mode: Mode;
  by: GroupKind;
  color: Coloring;
  /** A regular expression; empty: no search. */
  search: string;
  filters: Filter[];
  /** Keys of labels above all frames. */
  roots: string[];
  /** Nanoseconds since the beginning. */
  time: { from: number; to: number } | undefined;
  compare: (typeof comparisons)[number];
  /** Box that fills the width; 0 is everything. `zoom2`: of the second graph, in the sandwich. */
  zoom: number;
  zoom2: number;
  panel: Panel;
  /** The selected function's group; −1: none. */
  group: number;
  /** Of a heap snapshot: the selected constructor, and an object of it by its id; empty and 0: none. */
  of: string;
  object: number;
  /** Which of its objects: all, or those that are new since the snapshot that it is compared with. */
  only: (typeof objectChoices)[number];
  /** Part of the names of the constructors that are listed, and the column that they are sorted by; empty: the page's own choice. */
  contains: string;
  sort: HeapSort | '';
  /** The other way round than the column is sorted by itself. */
  turned: '' | 'yes';
}

const objectChoices = ['', 'new'] as const;

const smallNumber = /^\d{1,9}$/;
/** 32 bits. */
const objectId = /^\d{1,10}$/;
/** Nanoseconds of a few months. */
const timeRange = /^(\d{1,16})-(\d{1,16})$/;

export const defaultView: ViewState = parseView('');

/** What is missing or makes no sense is left at its default. */
export function parseView(fragment: string): ViewState {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  const text = (name: string) => params.get(name) ?? '';
  const number = (name: string, fallback: number) => (smallNumber.test(text(name)) ? Number(text(name)) : fallback);
  const oneOf = <T extends string>(name: string, all: readonly [T, ...T[]]): T =>
    all.find(each => each === text(name)) ?? all[0];
  const [, from, to] = timeRange.exec(text('time')) ?? [];
  return {
    page: text('page'),
    open: profileId(text('open')),
    base: profileId(text('base')),
    type: text('type'),
    mode: oneOf('mode', modes),
    by: groupKinds.find(kind => kind === text('by') && kind !== 'line') ?? 'function',
    color: oneOf('color', colorings),
    search: text('search'),
    filters: params.getAll('f').flatMap(parseFilter).slice(0, maxFilters),
    roots: params.getAll('root').filter(key => key !== ''),
    time: from !== undefined && Number(to) > Number(from) ? { from: Number(from), to: Number(to) } : undefined,
    compare: oneOf('compare', comparisons),
    zoom: number('zoom', 0),
    zoom2: number('zoom2', 0),
    panel: oneOf('panel', panels),
    group: number('group', -1),
    of: text('of'),
    object: objectId.test(text('object')) ? Number(text('object')) : 0,
    only: oneOf('only', objectChoices),
    contains: text('contains'),
    sort: oneOf('sort', ['', ...heapSorts]),
    turned: oneOf('turned', ['', 'yes']),
  };
}

/** Without what is at its default; `#` alone when everything is. */
export function formatView(view: ViewState): string {
  const params = new URLSearchParams();
  for (const name of ['page', 'open', 'base', 'type', 'mode', 'by', 'color', 'search'] as const)
    if (view[name] !== defaultView[name]) params.set(name, view[name]);
  for (const { kind, text } of view.filters) params.append('f', text === '' ? kind : `${kind}:${text}`);
  for (const key of view.roots) params.append('root', key);
  if (view.time !== undefined) params.set('time', `${Math.round(view.time.from)}-${Math.round(view.time.to)}`);
  for (const name of [
    'compare',
    'zoom',
    'zoom2',
    'panel',
    'group',
    'of',
    'object',
    'only',
    'contains',
    'sort',
    'turned',
  ] as const)
    if (view[name] !== defaultView[name]) params.set(name, String(view[name]));
  return `#${params}`;
}

/** As the server makes them. */
function profileId(text: string): string {
  return /^[\w.-]{1,80}$/.test(text) ? text : '';
}

function parseFilter(part: string): Filter[] {
  const colon = part.indexOf(':');
  const name = colon < 0 ? part : part.slice(0, colon);
  const kind = filterKinds.find(each => each === name);
  return kind === undefined ? [] : [{ kind, text: colon < 0 ? '' : part.slice(colon + 1) }];
}
