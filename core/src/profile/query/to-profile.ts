/** What a query selects and leaves of a store → Profile, for the formats that profiles are written in. */

import { ProfileBuilder } from '../builder.js';
import type { Profile } from '../model.js';
import { placeLine } from './grouping.js';
import type { Shape } from './reshape.js';
import { isSelected, type Selection } from './select.js';
import type { SampleStore } from './store.js';

/** `shape` is by line, so that lines stay. Samples of the same stack and labels are one. */
export function toProfile(store: SampleStore, shape: Shape, selection: Selection): Profile {
  const { sampleTypes, labels, sets, labelSets, values, timeNanos, durationNanos, comments } = store;
  const [first = { type: '', unit: '' }] = sampleTypes;
  const builder = new ProfileBuilder({
    sampleTypes,
    defaultSampleType: sampleTypes[store.defaultType]?.type ?? '',
    periodType: first,
    period: 0,
    timeNanos,
    durationNanos,
    comments,
  });
  const locations = shape.grouping.names.map((name, group) => {
    const { file, line } = placeLine(shape.grouping.places[group] ?? '');
    return builder.locationId([{ functionId: builder.functionId(name, file, 0), line, column: 0 }]);
  });
  const merged = new Map<number, { leaf: number; set: number; values: number[] }>();
  for (let i = selection.first; i < selection.end; i++) {
    const leaf = shape.leaves[i] ?? -1;
    if (leaf < 0 || !isSelected(store, selection, i)) continue;
    const set = labelSets?.[i] ?? 0;
    const key = leaf * Math.max(1, sets.length) + set;
    const known = merged.get(key) ?? { leaf, set, values: sampleTypes.map(() => 0) };
    known.values = known.values.map((value, t) => value + (values[t]?.[i] ?? 1));
    merged.set(key, known);
  }
  const { parents, groups } = shape.tree;
  for (const { leaf, set, values: sums } of merged.values()) {
    const stack: number[] = [];
    for (let node = leaf; node > 0; node = parents[node] ?? 0) stack.push(locations[groups[node] ?? 0] ?? 0);
    const own = Array.from(sets[set] ?? []).flatMap(id => labels[id] ?? []);
    builder.addSample(stack, sums, labelSets === undefined ? [] : own);
  }
  return builder.build();
}
