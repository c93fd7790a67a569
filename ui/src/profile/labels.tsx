/** What samples are labelled with: each value chooses or leaves out its samples, each key can divide the flame graph. */

import type { Facet } from '@nops/core/profile/query/facets';
import { formatValue } from '@nops/core/profile/value-text';
import { formatShare } from '@nops/core/units/format';
import { navigate, viewField } from '../state/history.js';
import { facets, graph } from '../state/store.js';
import { addFilter } from './filtering.js';

export function Labels() {
  if (facets.value.length === 0) return <p class="notice">The samples that are shown have no labels.</p>;
  return (
    <div class="detail">
      {facets.value.map(facet => (
        <LabelKey key={facet.key} facet={facet} />
      ))}
    </div>
  );
}

function LabelKey({ facet }: { facet: Facet }) {
  const roots = viewField('roots');
  const isRoot = roots.includes(facet.key);
  const costs = graph.value?.costs;
  return (
    <table>
      <caption>
        <bdi class="name">{facet.key}</bdi>{' '}
        <button
          type="button"
          aria-pressed={isRoot}
          onClick={() => navigate({ roots: isRoot ? roots.filter(key => key !== facet.key) : [...roots, facet.key] })}
        >
          Divide by it
        </button>
      </caption>
      <tbody>
        {facet.values.map(({ name, cost, filter }) => (
          <tr key={name}>
            <td>
              <bdi>{name}</bdi>
            </td>
            <td class="cost">
              {formatValue(cost, costs?.unit ?? '')} (
              {formatShare(costs === undefined || costs.total === 0 ? 0 : cost / costs.total)})
            </td>
            <td class="cost choices">
              <button
                type="button"
                aria-label={`Only ${facet.key} ${name}`}
                onClick={() => addFilter({ kind: 'tagfocus', text: filter })}
              >
                only
              </button>{' '}
              <button
                type="button"
                aria-label={`Not ${facet.key} ${name}`}
                onClick={() => addFilter({ kind: 'tagignore', text: filter })}
              >
                not
              </button>
            </td>
          </tr>
        ))}
        {facet.more > 0 && (
          <tr>
            <td>{facet.more} more</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
