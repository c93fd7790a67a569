/** The filters under way, each with a button that removes it, and a line to add one. */

import { type FilterKind, filterKinds } from '@nops/core/profile/query/filters';
import { formatValue } from '@nops/core/profile/value-text';
import { useSignal } from '@preact/signals';
import { navigate, viewField } from '../state/history.js';
import { addFilter, removeFilter } from './filtering.js';

const words: Record<FilterKind, string> = {
  focus: 'only stacks with',
  ignore: 'no stacks with',
  hide: 'hidden',
  show: 'only frames of',
  show_from: 'from',
  tagfocus: 'only label',
  tagignore: 'not label',
  collapse: 'recursion collapsed',
  mine: 'only my code',
};

const isSwitch = (kind: FilterKind) => kind === 'collapse' || kind === 'mine';

export function Chips() {
  const [filters, roots] = [viewField('filters'), viewField('roots')];
  const [time, compare] = [viewField('time'), viewField('compare')];
  return (
    <fieldset class="chips" aria-label="Filters">
      {filters.map(({ kind, text }, i) => (
        <Chip key={`${kind} ${text}`} what={words[kind]} text={text} remove={() => removeFilter(i)} />
      ))}
      {roots.map(key => (
        <Chip
          key={`root ${key}`}
          what="divided by label"
          text={key}
          remove={() => navigate({ roots: roots.filter(each => each !== key) })}
        />
      ))}
      {time !== undefined && (
        <Chip
          what="time"
          text={`${formatValue(time.from, 'nanoseconds')} to ${formatValue(time.to, 'nanoseconds')}`}
          remove={() => navigate({ time: undefined })}
        />
      )}
      {compare !== '' && (
        <Chip
          what="compared"
          text={compare === 'rest' ? 'with everything else' : 'with the profile before'}
          remove={() => navigate({ compare: '' })}
        />
      )}
      <AddFilter />
    </fieldset>
  );
}

function Chip({ what, text, remove }: { what: string; text: string; remove(): void }) {
  return (
    <span class="chip">
      {what} {text !== '' && <bdi class="name">{text}</bdi>}
      <button type="button" aria-label={`Remove: ${what} ${text}`} onClick={remove}>
        ×
      </button>
    </span>
  );
}

/** Where `f` leads. */
export const filterId = 'filter-text';

function AddFilter() {
  const kind = useSignal<FilterKind>('focus');
  const text = useSignal('');
  return (
    <form
      class="add-filter"
      onSubmit={event => {
        event.preventDefault();
        if (text.value === '' && !isSwitch(kind.value)) return;
        addFilter({ kind: kind.value, text: isSwitch(kind.value) ? '' : text.value });
        text.value = '';
      }}
    >
      <select
        aria-label="Kind of filter"
        value={kind.value}
        onChange={event => {
          kind.value = filterKinds.find(each => each === event.currentTarget.value) ?? 'focus';
        }}
      >
        {filterKinds.map(each => (
          <option key={each} value={each}>
            {words[each]}
          </option>
        ))}
      </select>
      {!isSwitch(kind.value) && (
        <input
          id={filterId}
          type="text"
          aria-label="Filter expression"
          placeholder={kind.value.startsWith('tag') ? 'key=expression' : 'regular expression'}
          autocomplete="off"
          spellcheck={false}
          value={text.value}
          onInput={event => {
            text.value = event.currentTarget.value;
          }}
        />
      )}
      <button type="submit">Add</button>
    </form>
  );
}
