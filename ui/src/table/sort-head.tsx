/** The head of a table that is sorted by a click on a column's title; a second click turns it round. */

export interface Column<Key> {
  key: Key;
  title: string;
}

export function SortHead<Key extends string>({
  columns,
  sort,
  descending,
  choose,
}: {
  columns: readonly Column<Key>[];
  sort: Key;
  descending: boolean;
  choose(sort: Key, descending: boolean): void;
}) {
  const direction = descending ? 'descending' : 'ascending';
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map(({ key, title }) => (
          <th key={key} scope="col" aria-sort={key === sort ? direction : 'none'}>
            {/* Names begin with the first, numbers with the largest. */}
            <button type="button" onClick={() => choose(key, key === sort ? !descending : key !== 'name')}>
              {title}
              <span aria-hidden="true">{key === sort ? (descending ? ' ▾' : ' ▴') : ''}</span>
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}
