/** What pointer and keyboard do to the flame graph. */

import { moveRange, revealRange, zoomRange } from '@nops/core/profile/flame-range';
import { childrenOf } from '@nops/core/profile/flame-view';
import { navigate, range, shown } from '../state/store.js';
import { focusedBox, focusedNode } from './frames.js';

/** Makes `box` fill the width; 0 shows everything. */
export function zoomTo(box: number): void {
  const layout = shown.value?.layout;
  if (layout === undefined) return;
  range.value = { from: layout.starts[box] ?? 0, to: layout.ends[box] ?? 0 };
  navigate({ zoom: layout.nodes[box] ?? 0 });
}

/** `at` is a share of the width. */
export function zoomBy(factor: number, at = 0.5): void {
  const { from, to } = range.value;
  range.value = zoomRange(range.value, shown.value?.total ?? 0, from + at * (to - from), factor);
}

/** `shift` is a share of the width. */
export function panBy(shift: number): void {
  const { from, to } = range.value;
  range.value = moveRange(range.value, shown.value?.total ?? 0, shift * (to - from));
}

export function focusOn(box: number): void {
  const layout = shown.value?.layout;
  if (layout !== undefined) focusedNode.value = layout.nodes[box] ?? 0;
}

/** What a key does while the graph has the focus; false: nothing. */
export function pressKey(key: string): boolean {
  const action = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (action === undefined || shown.value === undefined) return false;
  action(focusedBox.value);
  return true;
}

const keys: Record<string, (box: number) => void> = {
  ArrowUp: box => moveFocus(shown.value?.layout.parents[box] ?? -1),
  ArrowDown: box => {
    const { first, end } = childrenIn(box);
    if (end > first) moveFocus(first);
  },
  ArrowLeft: box => moveToSibling(box, -1),
  ArrowRight: box => moveToSibling(box, 1),
  Home: () => moveFocus(0),
  Enter: zoomTo,
  ' ': zoomTo,
  Escape: () => zoomTo(0),
  '+': () => zoomBy(0.5),
  '=': () => zoomBy(0.5),
  '-': () => zoomBy(2),
};

function childrenIn(parent: number): { first: number; end: number } {
  const layout = shown.value?.layout;
  return layout === undefined || parent < 0 ? { first: 0, end: 0 } : childrenOf(layout, parent);
}

function moveToSibling(box: number, step: number): void {
  const { first, end } = childrenIn(shown.value?.layout.parents[box] ?? -1);
  if (box + step >= first && box + step < end) moveFocus(box + step);
}

/** Focuses a box and brings it into view. What covers the whole width, as an ancestor of the zoomed frame does, is in view. */
function moveFocus(box: number): void {
  const graph = shown.value;
  if (graph === undefined || box < 0) return;
  focusOn(box);
  const wanted = { from: graph.layout.starts[box] ?? 0, to: graph.layout.ends[box] ?? 0 };
  const { from, to } = range.value;
  if (wanted.from <= from && wanted.to >= to) return;
  range.value = revealRange(range.value, graph.total, wanted);
}
