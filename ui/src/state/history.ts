/** The view and its history: every step is an entry of the browser's own, so that going back undoes it. */

import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { startingView } from '../embedded.js';
import { formatView, parseView, type ViewState } from './url.js';

export const view = signal<ViewState>(parseView(startingView()));

const fields = new Map<keyof ViewState, ReadonlySignal<unknown>>();

/** One field of the view, for a component: it is drawn again when this one changes, not with every letter of a search. */
export function viewField<Name extends keyof ViewState>(name: Name): ViewState[Name] {
  let field = fields.get(name);
  if (field === undefined) {
    field = computed(() => view.value[name]);
    fields.set(name, field);
  }
  // The map has each field's own signal.
  return field.value as ViewState[Name];
}

/** What a box's number depends on: with another one of these the boxes are others. */
const graphFields = ['type', 'mode', 'by', 'filters', 'roots', 'time', 'compare'] as const;

export const graphView = computed(() => keyOf(view.value));

/** Called before the boxes change; what they are zoomed to is looked for among the new ones. */
let beforeBoxesChange = () => {};
export function onBoxesChange(remember: () => void): void {
  beforeBoxesChange = remember;
}

/** Changes the view. A step that can be gone back is an entry in the browser's history; typing is not. */
export function navigate(change: Partial<ViewState>, how: 'step' | 'typing' = 'step'): void {
  let next = { ...view.value, ...change };
  if (keyOf(next) !== keyOf(view.value)) {
    beforeBoxesChange();
    next = { ...next, zoom: change.zoom ?? 0, zoom2: change.zoom2 ?? 0 };
  }
  const address = formatView(next);
  if (address === formatView(view.value)) return;
  if (how === 'step') {
    writeNow();
    history.pushState(null, '', address);
  } else writeSoon();
  view.value = next;
}

/** What is typed is written when the typing pauses: the browser takes milliseconds for it, in the middle of a search. */
const writeMs = 200;
let writing: ReturnType<typeof setTimeout> | undefined;

function writeSoon(): void {
  clearTimeout(writing);
  writing = setTimeout(writeNow, writeMs);
}

function writeNow(): void {
  if (writing === undefined) return;
  clearTimeout(writing);
  writing = undefined;
  history.replaceState(null, '', formatView(view.peek()));
}

export function listenToHistory(): void {
  addEventListener('pagehide', writeNow);
  addEventListener('popstate', () => {
    clearTimeout(writing);
    writing = undefined;
    view.value = parseView(location.hash);
  });
}

function keyOf(of: ViewState): string {
  const group = of.mode === 'sandwich' ? of.group : -1;
  return JSON.stringify([...graphFields.map(field => of[field] ?? null), group]);
}
