/** The rows of the table of constructors, in order: those that hold what is looked for; when two snapshots are compared also those that are gone. */

import type { ConstructorTable, HeapListing, HeapSort } from './heap-messages.js';

export function sortConstructors(table: ConstructorTable, { sort, descending, filter }: HeapListing): Uint32Array {
  const { names, retained } = table;
  const wanted = filter.toLowerCase();
  const shown = Uint32Array.from(names.keys()).filter(each => names[each]?.toLowerCase().includes(wanted));
  const direction = descending ? -1 : 1;
  const byRetained = (a: number, b: number) => (retained[b] ?? 0) - (retained[a] ?? 0) || a - b;
  if (sort === 'name') {
    const { compare } = new Intl.Collator('en');
    return shown.sort((a, b) => direction * compare(names[a] ?? '', names[b] ?? '') || byRetained(a, b));
  }
  const column = columnOf(table, sort);
  return shown.sort((a, b) => direction * ((column[a] ?? 0) - (column[b] ?? 0)) || byRetained(a, b));
}

function columnOf({ counts, shallow, retained, compared }: ConstructorTable, sort: Exclude<HeapSort, 'name'>) {
  switch (sort) {
    case 'count':
      return counts;
    case 'shallow':
      return shallow;
    case 'new':
      return compared?.newCounts ?? retained;
    case 'gone':
      return compared?.goneCounts ?? retained;
    case 'count-delta':
      return compared?.countDeltas ?? retained;
    case 'size-delta':
      return compared?.sizeDeltas ?? retained;
    case 'retained':
      return retained;
  }
}
