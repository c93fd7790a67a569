/** From one match to the next, from left to right: the topmost found frames, zoomed to when they are too thin to see. */

import { type FlameLayout, totalOf } from '@nops/core/profile/flame/layout';
import { matchStates } from '@nops/core/profile/flame/search';
import { moveFocus } from '../flame/actions.js';
import { flameStates } from '../flame/flame-state.js';

/** Of the width; a thinner match is zoomed to. */
const thinnest = 0.02;

export function nextMatch(step: 1 | -1): void {
  const [state] = flameStates;
  const [layout, matches] = [state.layout.value, state.matches.value];
  if (layout === undefined || matches === undefined || matches.matched === 0) return;
  const focused = state.focused.value;
  const box = nearest(layout, matches.states, focused, step);
  const { from, to } = state.range.value;
  if (totalOf(layout, box) / (to - from) < thinnest) state.zoomTo(box);
  moveFocus(state, box);
}

/** The topmost found box that is nearest to the right (or left) of `focused`; at the end, the first (or last) one. */
function nearest(layout: FlameLayout, states: Uint8Array, focused: number, step: 1 | -1): number {
  const { starts } = layout;
  const here = starts[focused] ?? 0;
  let next = 0;
  let first = 0;
  const isNearer = (box: number, than: number) => than === 0 || step * ((starts[box] ?? 0) - (starts[than] ?? 0)) < 0;
  for (let box = 1; box < states.length; box++) {
    if (states[box] !== matchStates.topmost) continue;
    const distance = step * ((starts[box] ?? 0) - here);
    const isOn = box === focused || (distance === 0 && states[focused] === matchStates.topmost);
    if (distance >= 0 && !isOn && isNearer(box, next)) next = box;
    if (isNearer(box, first)) first = box;
  }
  return next || first;
}
