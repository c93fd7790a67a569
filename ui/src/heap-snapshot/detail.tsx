/** The selected constructor: its largest objects, and what keeps the chosen one alive. */

import { formatBytes, formatCount, formatShare } from '@nops/core/units/format';
import { navigate, viewField } from '../state/history.js';
import { openedSnapshot } from '../state/store.js';
import type { HeapObject } from '../worker/heap-messages.js';
import { isCompared, objects, selected, shownObject } from './answers.js';
import { RetainingPath } from './retaining-path.js';

export function Detail() {
  const of = selected.value;
  const snapshot = openedSnapshot.value;
  if (snapshot === undefined || of < 0) {
    const name = viewField('of');
    return (
      <p class="notice">
        {name === ''
          ? 'Choose a constructor to see its largest objects and what keeps them alive.'
          : `No object of ${name} is in this snapshot.`}
      </p>
    );
  }
  const { names, counts, shallow, retained } = snapshot.constructors;
  const kept = retained[of] ?? 0;
  return (
    <div class="detail">
      <h2>
        <bdi>{names[of]}</bdi>
      </h2>
      <p>
        {formatCount(counts[of] ?? 0)} objects of {formatBytes(shallow[of] ?? 0)}, which keep {formatBytes(kept)} alive
        ({formatShare(snapshot.totalSize === 0 ? 0 : kept / snapshot.totalSize)})
      </p>
      {isCompared.value && <OnlyNew />}
      <LargestObjects />
      <RetainingPath />
    </div>
  );
}

function OnlyNew() {
  const isOnly = viewField('only') === 'new';
  return (
    <div class="actions">
      <button type="button" aria-pressed={isOnly} onClick={() => navigate({ only: isOnly ? '' : 'new', object: 0 })}>
        Only new objects
      </button>
    </div>
  );
}

function LargestObjects() {
  const { value } = objects;
  if (value === undefined) return <p aria-busy="true">Looking…</p>;
  const { objects: rows, count, onlyNew } = value;
  const kind = onlyNew ? 'new objects' : 'objects';
  if (count === 0) return <p>There are no {kind} of it in this snapshot.</p>;
  return (
    <div class="objects">
      <table>
        <caption>
          {rows.length < count ? `The ${rows.length} largest of ${formatCount(count)} ${kind}` : `Its ${kind}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Object</th>
            <th scope="col">Shallow</th>
            <th scope="col">Retained</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(object => (
            <ObjectRow key={object.id} object={object} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ObjectRow({ object }: { object: HeapObject }) {
  const isShown = shownObject.value === object.id;
  return (
    <tr class={isShown ? 'selected' : ''}>
      <td>
        <button type="button" aria-pressed={isShown} onClick={() => navigate({ object: object.id })}>
          <bdi class="name">{object.name}</bdi> <span class="place">@{object.id}</span>
        </button>
      </td>
      <td class="cost">{formatBytes(object.shallow)}</td>
      <td class="cost">{formatBytes(object.retained)}</td>
    </tr>
  );
}
