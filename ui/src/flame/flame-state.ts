/** One flame graph on the page: what it shows, which part of it, and what is pointed at. The sandwich has two. */

import type { FlameLayout } from '@nops/core/profile/flame/layout';
import type { FlameRange } from '@nops/core/profile/flame/range';
import { type FlameMatches, matchFlame } from '@nops/core/profile/flame/search';
import { boxAt, childrenOf, rowOf } from '@nops/core/profile/flame/view';
import type { Flame } from '@nops/core/profile/query/engine';
import { computed, effect, signal } from '@preact/signals';
import { graphView, navigate, onBoxesChange, view } from '../state/history.js';
import { closeUp, found, graph, shownView } from '../state/store.js';
import type { ViewState } from '../state/url.js';

/** Groups from the root's child to a box: finds it again among other boxes. */
type Path = number[];

export class FlameState {
  readonly slot: 0 | 1;
  /** As the view says. In the address, boxes have its numbers. */
  readonly whole = computed<Flame | undefined>(() => graph.value?.flames[this.slot]);
  /** What is drawn: a close-up where there is one of all that is in view. */
  readonly flame = computed<Flame | undefined>(() => {
    const [whole, close] = [this.whole.value, closeUp.value];
    if (close === undefined || close.of !== whole) return whole;
    const { from, to } = this.range.value;
    return from >= close.from && to <= close.to ? close.flame : whole;
  });
  readonly layout = computed<FlameLayout | undefined>(() => this.flame.value?.layout);
  /** Of all that is shown, from the left edge to the right one. */
  readonly total = computed(() => this.layout.value?.ends[0] ?? 0);
  readonly range = signal<FlameRange>({ from: 0, to: 0 });
  readonly focused = signal(0);
  readonly hovered = signal<{ box: number; x: number; y: number } | undefined>(undefined);
  readonly matches = computed<FlameMatches | undefined>(() => {
    const [flame, known] = [this.flame.value, found.value];
    if (flame === this.whole.value || flame === undefined || known === undefined) return known?.matches[this.slot];
    return matchFlame(flame.layout, known.groups);
  });
  /** The box that fills the width. */
  readonly zoomed = computed(() => {
    const box = view.value[this.#field];
    return box < (this.whole.value?.layout.starts.length ?? 0) ? box : 0;
  });
  readonly zoomedRow = computed(() => {
    const { value } = this.whole;
    return value === undefined ? 0 : rowOf(value.layout, this.zoomed.value);
  });
  /** The focused box's new number when another layout is drawn: nobody has moved the focus there. */
  carried = -1;
  #remembered: { zoomed: Path; focused: Path } | undefined;

  constructor(slot: 0 | 1) {
    this.slot = slot;
  }

  get #field(): 'zoom' | 'zoom2' {
    return this.slot === 0 ? 'zoom' : 'zoom2';
  }

  start(): void {
    let last: { whole: FlameLayout; layout: FlameLayout } | undefined;
    effect(() => {
      const [whole, layout] = [this.whole.value?.layout, this.layout.value];
      if (whole === undefined || layout === undefined) return;
      if (whole !== last?.whole) this.#findAgain(whole);
      else if (layout !== last.layout) this.#carryFocus(last.layout, layout);
      last = { whole, layout };
    });
    effect(() => {
      const [layout, box] = [this.whole.value?.layout, this.zoomed.value];
      if (layout !== undefined && shownView.value === graphView.value)
        this.range.value = { from: layout.starts[box] ?? 0, to: layout.ends[box] ?? 0 };
    });
  }

  /** Makes `box` fill the width; 0 shows everything. */
  zoomTo(box: number): void {
    const layout = this.layout.value;
    if (layout === undefined) return;
    this.range.value = { from: layout.starts[box] ?? 0, to: layout.ends[box] ?? 0 };
    navigate(this.#zoomTo(box));
  }

  /** Zooms to a box, and makes its function the selected one; the sandwich is of the selected one, and stays. */
  choose(box: number): void {
    const layout = this.layout.value;
    if (layout === undefined) return;
    this.range.value = { from: layout.starts[box] ?? 0, to: layout.ends[box] ?? 0 };
    const isSelecting = box > 0 && view.value.mode !== 'sandwich';
    navigate({ ...this.#zoomTo(box), ...(isSelecting ? { group: layout.groups[box] ?? -1 } : {}) });
  }

  /** A box of a close-up has no number in the address: what stands there stays. */
  #zoomTo(box: number): Partial<ViewState> {
    return box === 0 || this.flame.value === this.whole.value ? { [this.#field]: box } : {};
  }

  /** For when the boxes have changed. */
  remember(): void {
    const [whole, layout] = [this.whole.peek()?.layout, this.layout.peek()];
    if (whole === undefined || layout === undefined) return;
    this.#remembered = { zoomed: pathOf(whole, this.zoomed.peek()), focused: pathOf(layout, this.focused.peek()) };
  }

  /** To the same place in another layout of the same calls, or to the nearest caller that is there. */
  #carryFocus(from: FlameLayout, to: FlameLayout): void {
    const box = this.focused.peek();
    const range = this.range.peek();
    const [start, end] = [from.starts[box] ?? 0, from.ends[box] ?? 0];
    const isInView = start < range.to && end > range.from;
    const middle = isInView ? (Math.max(start, range.from) + Math.min(end, range.to)) / 2 : (start + end) / 2;
    let row = rowOf(from, box);
    let carried = boxAt(to, row, middle);
    while (carried < 0 && row > 0) carried = boxAt(to, --row, middle);
    if (carried === box) return;
    this.carried = Math.max(0, carried);
    this.focused.value = this.carried;
  }

  #findAgain(layout: FlameLayout): void {
    const remembered = this.#remembered;
    this.#remembered = undefined;
    this.focused.value = remembered === undefined ? this.zoomed.peek() : boxOf(layout, remembered.focused);
    const zoomed = remembered === undefined ? 0 : boxOf(layout, remembered.zoomed);
    if (zoomed !== 0 && view.peek()[this.#field] === 0) navigate({ [this.#field]: zoomed }, 'typing');
  }
}

export const flameStates = [new FlameState(0), new FlameState(1)] as const;

export function startFlames(): void {
  for (const state of flameStates) state.start();
  onBoxesChange(() => {
    for (const state of flameStates) state.remember();
  });
}

export function pathOf(layout: FlameLayout, box: number): Path {
  const path: Path = [];
  for (let at = box; at > 0; at = layout.parents[at] ?? 0) path.push(layout.groups[at] ?? 0);
  return path.reverse();
}

/** The box at the end of the path, or as far as there is one. */
function boxOf(layout: FlameLayout, path: Path): number {
  let box = 0;
  for (const group of path) {
    const { first, end } = childrenOf(layout, box);
    let next = first;
    while (next < end && layout.groups[next] !== group) next++;
    if (next === end) break;
    box = next;
  }
  return box;
}
