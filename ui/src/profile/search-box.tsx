/** Search: a regular expression on names and places, what it found of all and of the view, and a way through what was found. */

import { matchedWithin } from '@nops/core/profile/flame/search';
import { formatShare } from '@nops/core/units/format';
import { effect, signal } from '@preact/signals';
import { flameStates } from '../flame/flame-state.js';
import { navigate, viewField } from '../state/history.js';
import { found, searchProblem } from '../state/store.js';
import { nextMatch } from './next-match.js';

/** What `/` focuses. */
export const searchId = 'search';

export function SearchBox() {
  const search = viewField('search');
  const hasMatches = (found.value?.functions ?? 0) > 0;
  return (
    <div class="search">
      <label class="grow">
        Search{' '}
        <input
          id={searchId}
          type="search"
          value={search}
          placeholder="regular expression, key /"
          autocomplete="off"
          spellcheck={false}
          aria-invalid={searchProblem.value !== ''}
          aria-describedby="found"
          onInput={event => navigate({ search: event.currentTarget.value }, 'typing')}
          onKeyDown={event => {
            if (event.key === 'Enter') nextMatch(event.shiftKey ? -1 : 1);
            if (event.key !== 'Escape') return;
            navigate({ search: '' }, 'typing');
            event.currentTarget.blur();
          }}
        />
      </label>
      <output id="found" class={searchProblem.value === '' ? '' : 'problem'}>
        {searchText()}
      </output>
      {search !== '' && (
        <span class="steps">
          <button type="button" aria-label="Previous match" disabled={!hasMatches} onClick={() => nextMatch(-1)}>
            ‹
          </button>
          <button type="button" aria-label="Next match" disabled={!hasMatches} onClick={() => nextMatch(1)}>
            ›
          </button>
        </span>
      )}
    </div>
  );
}

/** The view's edges once they stand still: what is found between them takes a walk over all that is there. */
const settledRange = signal(flameStates[0].range.peek());
const settleMs = 100;
let settling: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  const range = flameStates[0].range.value;
  clearTimeout(settling);
  settling = setTimeout(() => {
    settledRange.value = range;
  }, settleMs);
});

function searchText(): string {
  if (searchProblem.value !== '') return searchProblem.value;
  const { value } = found;
  const [state] = flameStates;
  const matches = state.matches.value;
  if (viewField('search') === '' || value === undefined) return '';
  if (value.functions === 0) return 'nothing found';
  const layout = state.layout.value;
  const { from, to } = settledRange.value;
  const total = state.total.value;
  const share = (matched: number, whole: number) => formatShare(whole > 0 ? matched / whole : 0);
  const matched = matches && layout ? matchedWithin(layout, matches, from, to) : 0;
  const inView = to - from < total ? `, ${share(matched, to - from)} of the view` : '';
  const functions = `${value.functions} ${value.functions === 1 ? 'function' : 'functions'}`;
  return `${share(value.matches[state.slot]?.matched ?? 0, total)} of all${inView} in ${functions}`;
}
