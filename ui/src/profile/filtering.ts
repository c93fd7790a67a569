/** Changes of the filters, each of which is a step that can be undone. */

import type { Filter, FilterKind } from '@nops/core/profile/query/filters';
import { navigate, view } from '../state/history.js';
import { groups } from '../state/store.js';

/** The same filter twice is one. */
export function addFilter(filter: Filter): void {
  const { filters } = view.value;
  if (filters.some(({ kind, text }) => kind === filter.kind && text === filter.text)) return;
  navigate({ filters: [...filters, filter] });
}

export function removeFilter(index: number): void {
  navigate({ filters: view.value.filters.toSpliced(index, 1) });
}

/** For those without an expression. */
export function toggleFilter(kind: FilterKind): void {
  const { filters } = view.value;
  const at = filters.findIndex(filter => filter.kind === kind);
  if (at >= 0) removeFilter(at);
  else navigate({ filters: [...filters, { kind, text: '' }] });
}

/** On the selected function, by its name alone, as the same option of `nops pprof` would be given. */
export function filterSelected(kind: FilterKind): void {
  const name = groups.value?.names[view.value.group];
  if (name !== undefined) addFilter({ kind, text: `^${escapeRegExp(name)}$` });
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
