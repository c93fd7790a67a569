/** How long the calls on the stack of one sample last: as long as the samples before and after it have them too, without a gap. */

import type { Shape } from './reshape.js';
import { isSelected, type Selection } from './select.js';
import type { SampleStore } from './store.js';

/** A sample that ends this much before the next one starts is followed by it all the same: clocks are read in microseconds. */
export const gapNanos = 1000;

interface Samples {
  store: SampleStore;
  shape: Shape;
  type: number;
  selection: Selection;
}

/**
 * By depth, outermost first: when the calls of `sample` began (step −1) or ended (1), in nanoseconds of the recording. Looks no further than
 * the outermost of them lasts.
 */
export function reachOf({ store, shape, type, selection }: Samples, sample: number, step: 1 | -1): number[] {
  const { parents } = shape.tree;
  const { starts = new Float64Array() } = store;
  const durations = durationsOf(store);
  const startOf = (i: number) => starts[i] ?? 0;
  const endOf = (i: number) => startOf(i) + (durations?.[i] ?? 0);
  const edgeOf = step < 0 ? startOf : endOf;
  const isNear = (i: number, last: number) => startOf(Math.max(i, last)) - endOf(Math.min(i, last)) <= gapNanos;

  const path: number[] = [];
  for (let node = shape.leaves[sample] ?? 0; node > 0; node = parents[node] ?? 0) path.push(node);
  path.reverse();
  const depths = new Map(path.map((node, depth) => [node, depth + 1]));
  const reach = path.map(() => edgeOf(sample));
  let last = sample;
  // How many of the calls have lasted so far.
  let lasting = path.length;
  for (let i = sample + step; lasting > 0 && i >= selection.first && i < selection.end; i += step) {
    const leaf = counts(store, type, selection, i) ? (shape.leaves[i] ?? -1) : -1;
    if (leaf < 0) continue;
    if (!isNear(i, last)) break;
    let node = leaf;
    while (node > 0 && !depths.has(node)) node = parents[node] ?? 0;
    lasting = Math.min(lasting, depths.get(node) ?? 0);
    reach.fill(edgeOf(i), 0, lasting);
    last = i;
  }
  return reach;
}

/** Whether a sample is among those that are shown. */
export function counts(store: SampleStore, type: number, selection: Selection, sample: number): boolean {
  return (store.values[type]?.[sample] ?? 1) > 0 && isSelected(store, selection, sample);
}

export function durationsOf({ sampleTypes, values }: SampleStore): Float64Array | undefined {
  return values[sampleTypes.findIndex(({ unit }) => unit === 'nanoseconds')];
}
