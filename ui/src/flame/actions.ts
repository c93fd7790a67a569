/** What pointer and keyboard do to a flame graph. */

import { moveRange, revealRange, zoomRange } from '@nops/core/profile/flame/range';
import { childrenOf } from '@nops/core/profile/flame/view';
import type { FlameState } from './flame-state.js';

/** `at` is a share of the width. */
export function zoomBy(state: FlameState, factor: number, at = 0.5): void {
  const { from, to } = state.range.value;
  state.range.value = zoomRange(state.range.value, state.total.value, from + at * (to - from), factor);
}

/** `shift` is a share of the width. */
export function panBy(state: FlameState, shift: number): void {
  const { from, to } = state.range.value;
  state.range.value = moveRange(state.range.value, state.total.value, shift * (to - from));
}

/** What a key does while the graph has the focus; false: nothing. */
export function pressKey(state: FlameState, key: string): boolean {
  const action = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (action === undefined || state.layout.value === undefined) return false;
  action(state, state.focused.value);
  return true;
}

const zoomStep = 0.5;
const panStep = 0.25;

const keys: Record<string, (state: FlameState, box: number) => void> = {
  ArrowUp: (state, box) => moveFocus(state, state.layout.value?.parents[box] ?? -1),
  ArrowDown: (state, box) => {
    const { first, end } = childrenIn(state, box);
    if (end > first) moveFocus(state, first);
  },
  ArrowLeft: (state, box) => moveToSibling(state, box, -1),
  ArrowRight: (state, box) => moveToSibling(state, box, 1),
  Home: state => moveFocus(state, 0),
  Enter: (state, box) => state.choose(box),
  ' ': (state, box) => state.choose(box),
  Escape: state => state.zoomTo(0),
  '+': state => zoomBy(state, zoomStep),
  '=': state => zoomBy(state, zoomStep),
  '-': state => zoomBy(state, 1 / zoomStep),
  w: state => zoomBy(state, zoomStep),
  s: state => zoomBy(state, 1 / zoomStep),
  a: state => panBy(state, -panStep),
  d: state => panBy(state, panStep),
};

function childrenIn(state: FlameState, parent: number): { first: number; end: number } {
  const layout = state.layout.value;
  return layout === undefined || parent < 0 ? { first: 0, end: 0 } : childrenOf(layout, parent);
}

function moveToSibling(state: FlameState, box: number, step: number): void {
  const { first, end } = childrenIn(state, state.layout.value?.parents[box] ?? -1);
  if (box + step >= first && box + step < end) moveFocus(state, box + step);
}

/** Focuses a box and brings it into view. What covers the whole width, as an ancestor of the zoomed frame does, is in view. */
export function moveFocus(state: FlameState, box: number): void {
  const layout = state.layout.value;
  if (layout === undefined || box < 0) return;
  state.focused.value = box;
  const wanted = { from: layout.starts[box] ?? 0, to: layout.ends[box] ?? 0 };
  const { from, to } = state.range.value;
  if (wanted.from <= from && wanted.to >= to) return;
  state.range.value = revealRange(state.range.value, state.total.value, wanted);
}
