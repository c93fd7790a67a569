/** Every function with its self and total: only the rows that are seen are elements. A click searches for the function. */

import { formatValue } from '@nops/core/profile/value-text';
import { formatShare } from '@nops/core/units/format';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { found, listed, listing, navigate, opened, shown, view } from './state/store.js';
import type { Functions, SortKey } from './worker/messages.js';

const rowPx = 38;
/** Rows kept above and below what is seen. */
const spareRows = 5;

const columns: { key: SortKey; title: string }[] = [
  { key: 'name', title: 'Function' },
  { key: 'self', title: 'Self' },
  { key: 'total', title: 'Total' },
];

export function FunctionTable() {
  const scroller = useRef<HTMLDivElement>(null);
  const scrollTop = useSignal(0);
  const height = useSignal(0);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      height.value = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const order = listed.value;
  const first = Math.max(0, Math.floor(scrollTop.value / rowPx) - spareRows);
  const rows = order.subarray(first, Math.ceil((scrollTop.value + height.value) / rowPx) + spareRows);
  return (
    <section class="functions" aria-label="Functions">
      <label class="filter">
        Filter{' '}
        <input
          type="search"
          value={listing.value.filter}
          placeholder="part of a name or file"
          autocomplete="off"
          spellcheck={false}
          onInput={event => {
            listing.value = { ...listing.value, filter: event.currentTarget.value };
            scroller.current?.scrollTo(0, 0);
          }}
        />
        <span class="count">{order.length}</span>
      </label>
      <div
        class="rows"
        ref={scroller}
        onScroll={event => {
          scrollTop.value = event.currentTarget.scrollTop;
        }}
      >
        <table aria-rowcount={order.length + 1}>
          <Head />
          <tbody>
            <Gap rows={first} />
            {Array.from(rows, (group, i) => (
              <Row key={group} group={group} index={first + i} />
            ))}
            <Gap rows={order.length - first - rows.length} />
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Stands for rows that are not seen. */
function Gap({ rows }: { rows: number }) {
  return rows > 0 ? <tr style={{ height: `${rows * rowPx}px` }} /> : null;
}

function Head() {
  const { sort, descending } = listing.value;
  const direction = descending ? 'descending' : 'ascending';
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map(({ key, title }) => (
          <th key={key} scope="col" aria-sort={key === sort ? direction : 'none'}>
            <button
              type="button"
              onClick={() => {
                const turned = key === sort ? !descending : key !== 'name';
                listing.value = { ...listing.value, sort: key, descending: turned };
              }}
            >
              {title}
              <span aria-hidden="true">{key === sort ? (descending ? ' ▾' : ' ▴') : ''}</span>
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Row({ group, index }: { group: number; index: number }) {
  const functions = opened.value?.functions;
  const graph = shown.value;
  if (functions === undefined || graph === undefined) return null;
  const expression = searchFor(functions, group);
  const isSearched = view.value.search === expression;
  const state = isSearched ? 'searched' : found.value?.groups[group] === 1 ? 'found' : '';
  return (
    <tr class={state} aria-rowindex={index + 2}>
      <td>
        <button
          type="button"
          aria-pressed={isSearched}
          title={`${functions.names[group] ?? ''}\n${functions.places[group] ?? ''}`}
          onClick={() => navigate({ search: isSearched ? '' : expression })}
        >
          <bdi class="name">{functions.names[group]}</bdi>
          <bdi class="place">{functions.places[group]}</bdi>
        </button>
      </td>
      <Cost value={graph.selfs[group] ?? 0} />
      <Cost value={graph.totals[group] ?? 0} />
    </tr>
  );
}

function Cost({ value }: { value: number }) {
  const graph = shown.value;
  const share = graph === undefined || graph.total === 0 ? 0 : value / graph.total;
  return (
    <td class="cost">
      <span>{formatValue(value, graph?.unit ?? '')}</span>
      <span class="share">{formatShare(share)}</span>
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </td>
  );
}

/** The expression that finds this function and no other: its name, with its place when others are called the same. */
function searchFor(functions: Functions, group: number): string {
  const name = functions.names[group] ?? '';
  const text = countOf(functions, name) > 1 ? `${name} ${functions.places[group] ?? ''}` : name;
  return `^${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
}

const counts = new WeakMap<Functions, Map<string, number>>();

function countOf(functions: Functions, name: string): number {
  let known = counts.get(functions);
  if (known === undefined) {
    known = new Map();
    // A search without capitals ignores case.
    for (const each of functions.names) known.set(each.toLowerCase(), (known.get(each.toLowerCase()) ?? 0) + 1);
    counts.set(functions, known);
  }
  return known.get(name.toLowerCase()) ?? 0;
}
