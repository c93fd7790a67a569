/** Every function with its self and total, and what changed: only the rows that are seen are elements. A click selects the function. */

import { formatValue } from '@nops/core/profile/value-text';
import { formatPoints, formatShare } from '@nops/core/units/format';
import { useComputed } from '@preact/signals';
import { navigate, viewField } from '../state/history.js';
import { found, graph, groups, listed, listing } from '../state/store.js';
import { type Column, SortHead } from '../table/sort-head.js';
import { rowIndex, VirtualTable } from '../table/virtual-table.js';
import type { SortKey } from '../worker/messages.js';

const allColumns: Column<SortKey>[] = [
  { key: 'name', title: 'Function' },
  { key: 'change', title: 'Change' },
  { key: 'self', title: 'Self' },
  { key: 'total', title: 'Total' },
];

export function FunctionTable() {
  const order = listed.value;
  const { sort, descending, filter } = listing.value;
  const isCompared = graph.value?.costs.before !== undefined;
  return (
    <div class="functions">
      <label class="filter">
        Filter{' '}
        <input
          type="search"
          value={filter}
          aria-label="Filter"
          placeholder="part of a name or file"
          autocomplete="off"
          spellcheck={false}
          onInput={event => {
            listing.value = { ...listing.value, filter: event.currentTarget.value };
          }}
        />
        <span class="count">{order.length}</span>
      </label>
      <VirtualTable
        label="Functions"
        count={order.length}
        order={filter}
        head={
          <SortHead
            columns={allColumns.filter(({ key }) => key !== 'change' || isCompared)}
            sort={sort}
            descending={descending}
            choose={(by, turned) => {
              listing.value = { ...listing.value, sort: by, descending: turned };
            }}
          />
        }
        row={at => <Row key={order[at]} group={order[at] ?? 0} index={at} />}
      />
    </div>
  );
}

function Row({ group, index }: { group: number; index: number }) {
  // A row is drawn again when this changes, not with every search.
  const isFound = useComputed(() => found.value?.groups[group] === 1).value;
  const known = groups.value;
  const costs = graph.value?.costs;
  if (known === undefined || costs === undefined) return null;
  const isSelected = viewField('group') === group;
  const state = isSelected ? 'selected' : isFound ? 'found' : '';
  return (
    <tr class={state} aria-rowindex={rowIndex(index)}>
      <td>
        <button
          type="button"
          aria-pressed={isSelected}
          title={`${known.names[group] ?? ''}\n${known.places[group] ?? ''}`}
          onClick={() => navigate({ group: isSelected ? -1 : group })}
          onDblClick={() => navigate({ group, panel: 'function' })}
        >
          <bdi class="name">{known.names[group]}</bdi>
          <bdi class="place">{known.places[group]}</bdi>
        </button>
      </td>
      {costs.before !== undefined && <Change group={group} />}
      <Cost value={costs.selfs[group] ?? 0} />
      <Cost value={costs.totals[group] ?? 0} />
    </tr>
  );
}

function Cost({ value }: { value: number }) {
  const costs = graph.value?.costs;
  const share = costs === undefined || costs.total === 0 ? 0 : value / costs.total;
  return (
    <td class="cost">
      <span>{formatValue(value, costs?.unit ?? '')}</span>
      <span class="share">{formatShare(share)}</span>
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </td>
  );
}

/** Of the total, in percentage points; and how sure it is that there is any. */
function Change({ group }: { group: number }) {
  const costs = graph.value?.costs;
  const before = costs?.before;
  // As it is shown: less than a twentieth of a point is no change.
  const points = Math.round((before?.totalPoints[group] ?? 0) * 10) / 10;
  const sure = before?.totalConfidence[group] ?? Number.NaN;
  const was = before?.totals[group] ?? 0;
  const now = costs?.totals[group] ?? 0;
  const word = was === 0 ? 'new' : now === 0 ? 'gone' : '';
  return (
    <td class={`cost ${points === 0 ? '' : points > 0 ? 'more' : 'less'}`}>
      <span>
        {formatPoints(points)} {word}
      </span>
      <span class="share">{Number.isNaN(sure) ? '' : `${Math.floor(sure * 100)} % sure`}</span>
    </td>
  );
}
