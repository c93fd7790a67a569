/** Sample type, search with what it found, and reset. */

import { matchedWithin } from '@nops/core/profile/flame-search';
import { formatShare } from '@nops/core/units/format';
import { zoomTo } from './flame/actions.js';
import { Help } from './help.js';
import { found, navigate, opened, range, searchProblem, shown, view } from './state/store.js';

/** What `/` focuses. */
export const searchId = 'search';

export function Toolbar() {
  const types = opened.value?.sampleTypes ?? [];
  const graph = shown.value;
  const { from, to } = range.value;
  const isWhole = graph === undefined || to - from >= graph.total;
  return (
    <div class="toolbar" role="toolbar" aria-label="View">
      <label>
        Show{' '}
        <select
          value={graph?.type}
          onChange={event => navigate({ type: types[Number(event.currentTarget.value)]?.type ?? '' })}
        >
          {types.map(({ type }, index) => (
            <option key={type} value={index}>
              {type}
            </option>
          ))}
        </select>
      </label>
      <label class="grow">
        Search{' '}
        <input
          id={searchId}
          type="search"
          value={view.value.search}
          placeholder="regular expression, key /"
          autocomplete="off"
          spellcheck={false}
          aria-invalid={searchProblem.value !== ''}
          aria-describedby="found"
          onInput={event => navigate({ search: event.currentTarget.value }, 'typing')}
          onKeyDown={event => {
            if (event.key !== 'Escape') return;
            navigate({ search: '' }, 'typing');
            event.currentTarget.blur();
          }}
        />
      </label>
      <output id="found" class={searchProblem.value === '' ? '' : 'problem'}>
        {searchText()}
      </output>
      <button type="button" disabled={isWhole} onClick={() => zoomTo(0)}>
        Reset zoom
      </button>
      <Help />
    </div>
  );
}

function searchText(): string {
  if (searchProblem.value !== '') return searchProblem.value;
  const graph = shown.value;
  const { value } = found;
  if (view.value.search === '' || graph === undefined || value === undefined || value.type !== graph.type) return '';
  if (value.functions === 0) return 'nothing found';
  const { from, to } = range.value;
  const share = (a: number, b: number) => formatShare(b > a ? matchedWithin(value.matches, a, b) / (b - a) : 0);
  const inView = to - from < graph.total ? `, ${share(from, to)} of the view` : '';
  const functions = `${value.functions} ${value.functions === 1 ? 'function' : 'functions'}`;
  return `${share(0, graph.total)} of all${inView} in ${functions}`;
}
