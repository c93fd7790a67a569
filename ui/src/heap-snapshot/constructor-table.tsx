/** Every constructor: how many objects, their own size, and what they keep alive; of two snapshots what is new and gone. */

import { formatBytes, formatCount, formatShare } from '@nops/core/units/format';
import { navigate, viewField } from '../state/history.js';
import { openedSnapshot } from '../state/store.js';
import { type Column, SortHead } from '../table/sort-head.js';
import { rowIndex, VirtualTable } from '../table/virtual-table.js';
import type { HeapSort } from '../worker/heap-messages.js';
import { descending, isCompared, listed, selected, sort } from './answers.js';

/** What `/` focuses. */
export const filterId = 'constructor-filter';

const columns: Column<HeapSort>[] = [
  { key: 'name', title: 'Constructor' },
  { key: 'count', title: 'Count' },
  { key: 'shallow', title: 'Shallow' },
  { key: 'retained', title: 'Retained' },
];

const comparedColumns: Column<HeapSort>[] = [
  { key: 'name', title: 'Constructor' },
  { key: 'new', title: 'New' },
  { key: 'gone', title: 'Gone' },
  { key: 'count-delta', title: '± Count' },
  { key: 'size-delta', title: '± Size' },
  { key: 'retained', title: 'Retained' },
];

export function ConstructorTable() {
  const order = listed.value;
  const contains = viewField('contains');
  return (
    <>
      <label class="filter">
        Filter{' '}
        <input
          id={filterId}
          type="search"
          value={contains}
          placeholder="part of a name, key /"
          autocomplete="off"
          spellcheck={false}
          onInput={event => navigate({ contains: event.currentTarget.value }, 'typing')}
          onKeyDown={event => {
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
        <span class="count">{order.length}</span>
      </label>
      <VirtualTable
        label="Constructors"
        count={order.length}
        order={contains}
        selected={order.indexOf(selected.value)}
        move={to => select(order[to] ?? -1)}
        head={
          <SortHead
            columns={isCompared.value ? comparedColumns : columns}
            sort={sort.value}
            descending={descending.value}
            choose={(by, down) => navigate({ sort: by, turned: down === (by !== 'name') ? '' : 'yes' })}
          />
        }
        row={at => <Row key={order[at]} of={order[at] ?? 0} index={at} />}
      />
    </>
  );
}

function select(of: number): void {
  navigate({ of: openedSnapshot.peek()?.constructors.names[of] ?? '', object: 0 });
}

function Row({ of, index }: { of: number; index: number }) {
  const table = openedSnapshot.value?.constructors;
  if (table === undefined) return null;
  const name = table.names[of] ?? '';
  const isSelected = selected.value === of;
  return (
    <tr class={isSelected ? 'selected' : ''} aria-rowindex={rowIndex(index)}>
      <td>
        <button type="button" aria-pressed={isSelected} title={name} onClick={() => select(isSelected ? -1 : of)}>
          <bdi class="name">{name}</bdi>
        </button>
      </td>
      {table.compared === undefined ? (
        <>
          <Count value={table.counts[of] ?? 0} />
          <td class="cost">{formatBytes(table.shallow[of] ?? 0)}</td>
        </>
      ) : (
        <>
          <Count value={table.compared.newCounts[of] ?? 0} />
          <Count value={table.compared.goneCounts[of] ?? 0} />
          <Delta value={table.compared.countDeltas[of] ?? 0} format={count} />
          <Delta value={table.compared.sizeDeltas[of] ?? 0} format={formatBytes} />
        </>
      )}
      <Retained value={table.retained[of] ?? 0} />
    </tr>
  );
}

function count(value: number): string {
  return formatCount(value);
}

function Count({ value }: { value: number }) {
  return <td class="cost">{count(value)}</td>;
}

function Delta({ value, format }: { value: number; format(size: number): string }) {
  const sign = value === 0 ? '' : value > 0 ? '+' : '−';
  return (
    <td class={`cost ${value === 0 ? '' : value > 0 ? 'more' : 'less'}`}>
      {sign}
      {format(Math.abs(value))}
    </td>
  );
}

function Retained({ value }: { value: number }) {
  const total = openedSnapshot.value?.totalSize ?? 0;
  const share = total === 0 ? 0 : value / total;
  return (
    <td class="cost">
      <span>{formatBytes(value)}</span>
      <span class="share">{formatShare(share)}</span>
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </td>
  );
}
