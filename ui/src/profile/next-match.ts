/** From one match to the next, from left to right: the topmost found frames, zoomed to when they are too thin to see. */

import { rowCount } from '@nops/core/profile/flame-layout';
import { boxAt } from '@nops/core/profile/flame-view';
import { moveFocus } from '../flame/actions.js';
import { flameStates } from '../flame/flame-state.js';
import { found } from '../state/store.js';

/** Of the width; a thinner match is zoomed to. */
const thinnest = 0.02;

export function nextMatch(step: 1 | -1): void {
  const [state] = flameStates;
  const [layout, matches, groups] = [state.layout.value, state.matches.value, found.value?.groups];
  if (layout === undefined || matches === undefined || groups === undefined || matches.starts.length === 0) return;
  const here = layout.starts[state.focused.value] ?? 0;
  const isOn = groups[layout.groups[state.focused.value] ?? 0] === 1 && state.focused.value > 0;
  const { starts, ends } = matches;
  const index = nextIndex(starts, here, step, isOn);
  const [from, to] = [starts[index] ?? 0, ends[index] ?? 0];
  const middle = (from + to) / 2;
  for (let row = 1; row < rowCount(layout); row++) {
    const box = boxAt(layout, row, middle);
    if (box < 0 || groups[layout.groups[box] ?? 0] !== 1) continue;
    const { from: left, to: right } = state.range.value;
    if ((to - from) / (right - left) < thinnest) state.zoomTo(box);
    moveFocus(state, box);
    return;
  }
}

/** The match nearest to the right (or left) of `here`; at the end, the first (or last) one. `isOn`: the one at `here` was seen already. */
function nextIndex(starts: Float64Array, here: number, step: 1 | -1, isOn: boolean): number {
  let nearest = -1;
  let first = 0;
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] ?? 0;
    const isBehind = step === 1 ? start > here || (start === here && !isOn) : start < here;
    if (isBehind && (nearest < 0 || step * start < step * (starts[nearest] ?? 0))) nearest = i;
    if (step * start < step * (starts[first] ?? 0)) first = i;
  }
  return nearest < 0 ? first : nearest;
}
