/** The rows of the table, in order: groups that cost something and hold what is looked for. */

import type { Costs } from '@nops/core/profile/query/engine';
import type { Groups, Listing } from './messages.js';

/** Lower-case text of each group, made when it is first looked through. */
const texts = new WeakMap<Groups, string[]>();

export function sortGroups(groups: Groups, costs: Costs, { sort, descending, filter }: Listing): Uint32Array {
  const { selfs, totals, before } = costs;
  const wanted = filter.toLowerCase();
  const own = wanted === '' ? undefined : textsOf(groups);
  const isThere = (g: number) => (totals[g] ?? 0) > 0 || (before?.totals[g] ?? 0) > 0;
  const shown = Uint32Array.from(totals.keys()).filter(g => isThere(g) && (own?.[g]?.includes(wanted) ?? true));
  const direction = descending ? -1 : 1;
  const byTotal = (a: number, b: number) => (totals[b] ?? 0) - (totals[a] ?? 0) || a - b;
  if (sort === 'name') {
    const compare = new Intl.Collator('en').compare;
    const { names } = groups;
    return shown.sort((a, b) => direction * compare(names[a] ?? '', names[b] ?? '') || byTotal(a, b));
  }
  const columns = { self: selfs, total: totals, change: before?.totalPoints ?? totals };
  const column = sort === 'change' ? columns.change.map(Math.abs) : columns[sort];
  return shown.sort((a, b) => direction * ((column[a] ?? 0) - (column[b] ?? 0)) || byTotal(a, b));
}

function textsOf(groups: Groups): string[] {
  let known = texts.get(groups);
  if (known === undefined) {
    known = groups.names.map((name, g) => `${name} ${groups.places[g] ?? ''}`.toLowerCase());
    texts.set(groups, known);
  }
  return known;
}
