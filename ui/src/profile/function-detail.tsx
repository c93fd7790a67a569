/** The selected function: what it costs, who calls it, what it calls, and what each of its lines costs. */

import type { FilterKind } from '@nops/core/profile/query/filters';
import type { Calls } from '@nops/core/profile/query/function-costs';
import { formatValue } from '@nops/core/profile/value-text';
import { formatShare } from '@nops/core/units/format';
import { navigate, viewField } from '../state/history.js';
import { detail, graph, groups } from '../state/store.js';
import { filterSelected } from './filtering.js';
import { Source } from './source.js';

/** Nobody reads more; the sandwich shows all. */
const maxCalls = 50;

export function FunctionDetail() {
  const [known, costs, answer] = [groups.value, graph.value?.costs, detail.value];
  const group = viewField('group');
  if (known === undefined || costs === undefined || group < 0 || group >= known.names.length)
    return <p class="notice">Choose a function, in the table or by a click in the graph.</p>;
  return (
    <div class="detail">
      <h2>
        <bdi>{known.names[group]}</bdi>
      </h2>
      <p class="place">
        <bdi>{known.places[group]}</bdi>
      </p>
      <p>
        total {withShare(costs.totals[group] ?? 0)}, self {withShare(costs.selfs[group] ?? 0)}
      </p>
      <Actions />
      {answer?.group === group && (
        <>
          <CallTable title="Callers" nobody="(outermost)" calls={answer.calls.callers} />
          <CallTable title="Callees" nobody="" calls={answer.calls.callees} />
          <Source />
        </>
      )}
    </div>
  );
}

const actions: [FilterKind, string][] = [
  ['focus', 'Only stacks with it'],
  ['ignore', 'No stacks with it'],
  ['hide', 'Hide it'],
  ['show_from', 'From it on'],
];

function Actions() {
  return (
    <fieldset class="actions" aria-label="With this function">
      <button type="button" onClick={() => navigate({ mode: 'sandwich' })}>
        Sandwich
      </button>
      {actions.map(([kind, title]) => (
        <button key={kind} type="button" onClick={() => filterSelected(kind)}>
          {title}
        </button>
      ))}
    </fieldset>
  );
}

function CallTable({ title, nobody, calls }: { title: string; nobody: string; calls: Calls }) {
  const shown = Array.from(calls.groups.subarray(0, maxCalls));
  return (
    <table class={title.toLowerCase()}>
      <caption>
        {title}
        {calls.groups.length > maxCalls && `: the ${maxCalls} costliest of ${calls.groups.length}`}
      </caption>
      <tbody>
        {shown.map((group, i) => (
          <tr key={group}>
            <td>
              {group < 0 ? (
                nobody
              ) : (
                <button type="button" onClick={() => navigate({ group })}>
                  <bdi class="name">{groups.value?.names[group]}</bdi>
                  <bdi class="place">{groups.value?.places[group]}</bdi>
                </button>
              )}
            </td>
            <td class="cost">{withShare(calls.weights[i] ?? 0)}</td>
          </tr>
        ))}
        {shown.length === 0 && (
          <tr>
            <td>none</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function withShare(value: number): string {
  const costs = graph.value?.costs;
  if (costs === undefined) return '';
  return `${formatValue(value, costs.unit)} (${formatShare(costs.total === 0 ? 0 : value / costs.total)})`;
}
