/**
 * In the order of time, a long recording is shown in cells (query/time-order.ts). Where one looks so closely that cells are seen, the worker
 * is asked for all calls of what is in view, and of as much on either side of it.
 */

import type { FlameRange } from '@nops/core/profile/flame/range';
import type { Flame } from '@nops/core/profile/query/engine';
import { effect } from '@preact/signals';
import { latest } from '../state/latest.js';
import { askCloseUp, closeUp, graph } from '../state/store.js';
import { flameStates } from './flame-state.js';

/** Of a wide window: a cell that is narrower than one of its pixels is not seen. */
const widthPx = 2000;
/** A view that is still being zoomed or moved is not asked for. */
const settleMs = 100;

export function startCloseUps(): void {
  const [state] = flameStates;
  let settling: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const [whole, range] = [state.whole.value, state.range.value];
    clearTimeout(settling);
    if (whole !== undefined && areCellsSeen(whole, range))
      settling = setTimeout(() => void lookCloser(whole), settleMs);
  });
}

const lookCloser = latest(async (whole: Flame) => {
  const [state] = flameStates;
  const [shown, flame, range] = [graph.peek(), state.flame.peek(), state.range.peek()];
  if (shown?.flames[0] !== whole || flame === undefined || !areCellsSeen(flame, range)) return;
  const size = range.to - range.from;
  const window = { from: Math.max(0, range.from - size), to: Math.min(state.total.peek(), range.to + size) };
  const answer = await askCloseUp(shown.query, window);
  if (answer !== undefined && graph.peek() === shown) closeUp.value = { ...window, of: whole, flame: answer };
});

function areCellsSeen({ cellNanos }: Flame, { from, to }: FlameRange): boolean {
  return cellNanos > (to - from) / widthPx;
}
