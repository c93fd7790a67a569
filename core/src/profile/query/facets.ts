/** What samples are labelled with, and what those with each label cost: the values of `nops pprof -tags`, with the filter that chooses each. */

import { formatMeasured } from '../measurement.js';
import type { Label } from '../model.js';
import { labelUnits } from './label-units.js';
import type { Shape } from './reshape.js';
import { isSelected, type Selection } from './select.js';
import type { SampleStore } from './store.js';

export interface Facet {
  key: string;
  /** The costliest first. */
  values: { name: string; cost: number; filter: string }[];
  /** How many more there are. */
  more: number;
}

/** A trace id has as many values as there were requests: nobody reads more of them. */
const maxValues = 100;

export function facets(store: SampleStore, { leaves }: Shape, type: number, selection: Selection): Facet[] {
  const { labelSets, sets, labels } = store;
  if (labelSets === undefined) return [];
  const ofSet = new Float64Array(sets.length);
  for (let i = selection.first; i < selection.end; i++) {
    if ((leaves[i] ?? -1) < 0 || !isSelected(store, selection, i)) continue;
    const set = labelSets[i] ?? 0;
    ofSet[set] = (ofSet[set] ?? 0) + (store.values[type]?.[i] ?? 1);
  }
  const units = labelUnits(store);
  const keys = new Map<string, Map<string, { name: string; cost: number; filter: string }>>();
  for (const [s, set] of sets.entries()) {
    const cost = ofSet[s] ?? 0;
    for (const id of cost === 0 ? [] : set) {
      const label = labels[id];
      if (label === undefined) continue;
      const name = nameOf(label, units);
      const values = keys.get(label.key) ?? new Map<string, { name: string; cost: number; filter: string }>();
      const value = values.get(name) ?? { name, cost: 0, filter: filterOf(label) };
      value.cost += cost;
      keys.set(label.key, values.set(name, value));
    }
  }
  return [...keys]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, found]) => {
      const values = [...found.values()].sort((a, b) => b.cost - a.cost);
      return { key, values: values.slice(0, maxValues), more: Math.max(0, values.length - maxValues) };
    });
}

function nameOf(label: Label, units: ReadonlyMap<string, string>): string {
  return 'text' in label
    ? label.text
    : formatMeasured(Number(label.number), label.unit || (units.get(label.key) ?? ''), 'minimum');
}

/** A tag filter that finds this label and no other. Commas and colons would divide it. */
function filterOf(label: Label): string {
  if (!('text' in label)) return `${label.key}=${label.number}${/^[A-Za-z]+$/.test(label.unit) ? label.unit : ''}`;
  const escaped = label.text.replace(/[\\^$.*+?()[\]{}|,:]/g, c =>
    c === ',' || c === ':' ? `\\x${c.charCodeAt(0).toString(16)}` : `\\${c}`,
  );
  return `${label.key}=^${escaped}$`;
}
