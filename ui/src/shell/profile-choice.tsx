/** Which of the server's profiles is shown, and which one it is compared with; and all of them, to choose from when none is. */

import { formatBytes, formatLocalTime } from '@nops/core/units/format';
import { printable } from '@nops/core/units/printable';
import { useSignal } from '@preact/signals';
import { compareWithListed, type ListedProfile, openListed, profiles } from '../state/files.js';
import { viewField } from '../state/history.js';
import { status } from '../state/store.js';

export function ProfileChoice() {
  const list = profiles.value;
  if (list.length < 2 || status.value.kind !== 'ready') return null;
  const [open, base] = [viewField('open'), viewField('base')];
  const shown = open || list[0]?.id;
  return (
    <>
      <label>
        Profile{' '}
        <select value={shown} onChange={event => openListed(event.currentTarget.value)}>
          {list.map(each => (
            <option key={each.id} value={each.id}>
              {describe(each)}
            </option>
          ))}
        </select>
      </label>
      <label>
        against{' '}
        <select value={base} onChange={event => compareWithListed(event.currentTarget.value)}>
          <option value="">nothing</option>
          {list.map(each => (
            <option key={each.id} value={each.id} disabled={each.id === shown}>
              {describe(each)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

/** Searchable by process, kind and time: whatever stands in a line. */
export function Library() {
  const text = useSignal('');
  const list = profiles.value;
  if (list.length === 0) return null;
  const words = text.value.toLowerCase().split(/\s+/);
  const found = list.filter(each => words.every(word => describe(each).toLowerCase().includes(word)));
  return (
    <section class="library" aria-label="Recorded before">
      <label class="filter">
        Recorded before{' '}
        <input
          type="search"
          placeholder="process, kind or time"
          value={text.value}
          onInput={event => {
            text.value = event.currentTarget.value;
          }}
        />
      </label>
      <ul>
        {found.map(each => (
          <li key={each.id}>
            <button type="button" onClick={() => openListed(each.id)}>
              <bdi>{describe(each)}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const kinds = { cpu: 'CPU', heap: 'heap', file: '' };

function describe({ kind, name, process, recordedAtMs, bytes }: ListedProfile): string {
  const at = recordedAtMs === undefined ? '' : formatLocalTime(recordedAtMs);
  const pid = process === undefined ? '' : `pid ${process.pid}`;
  return [printable(name), kinds[kind], pid, at, formatBytes(bytes)].filter(part => part !== '').join(', ');
}
