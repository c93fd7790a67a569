/** One flame graph on the page: what it shows, which part of it, and what is pointed at. The sandwich has two. */

import type { FlameLayout } from '@nops/core/profile/flame/layout';
import type { FlameRange } from '@nops/core/profile/flame/range';
import type { FlameMatches } from '@nops/core/profile/flame/search';
import { childrenOf } from '@nops/core/profile/flame/view';
import type { Flame } from '@nops/core/profile/query/engine';
import { computed, effect, signal } from '@preact/signals';
import { graphView, navigate, onBoxesChange, view } from '../state/history.js';
import { found, graph, shownView } from '../state/store.js';

/** Groups from the root's child to a box: finds it again among other boxes. */
type Path = number[];

export class FlameState {
  readonly slot: 0 | 1;
  readonly flame = computed<Flame | undefined>(() => graph.value?.flames[this.slot]);
  readonly layout = computed<FlameLayout | undefined>(() => this.flame.value?.layout);
  /** Of all that is shown, from the left edge to the right one. */
  readonly total = computed(() => this.layout.value?.ends[0] ?? 0);
  readonly range = signal<FlameRange>({ from: 0, to: 0 });
  readonly focused = signal(0);
  readonly hovered = signal<{ box: number; x: number; y: number } | undefined>(undefined);
  readonly matches = computed<FlameMatches | undefined>(() => found.value?.matches[this.slot]);
  /** The box that fills the width. */
  readonly zoomed = computed(() => {
    const box = view.value[this.#field];
    return box < (this.layout.value?.starts.length ?? 0) ? box : 0;
  });
  #remembered: { zoomed: Path; focused: Path } | undefined;

  constructor(slot: 0 | 1) {
    this.slot = slot;
  }

  get #field(): 'zoom' | 'zoom2' {
    return this.slot === 0 ? 'zoom' : 'zoom2';
  }

  start(): void {
    effect(() => {
      const layout = this.layout.value;
      if (layout === undefined) return;
      this.#findAgain(layout);
    });
    effect(() => {
      const [layout, box] = [this.layout.value, this.zoomed.value];
      if (layout !== undefined && shownView.value === graphView.value)
        this.range.value = { from: layout.starts[box] ?? 0, to: layout.ends[box] ?? 0 };
    });
  }

  /** Makes `box` fill the width; 0 shows everything. */
  zoomTo(box: number): void {
    const layout = this.layout.value;
    if (layout === undefined) return;
    this.range.value = { from: layout.starts[box] ?? 0, to: layout.ends[box] ?? 0 };
    navigate({ [this.#field]: box });
  }

  /** Zooms to a box, and makes its function the selected one; the sandwich is of the selected one, and stays. */
  choose(box: number): void {
    const layout = this.layout.value;
    if (layout === undefined) return;
    this.range.value = { from: layout.starts[box] ?? 0, to: layout.ends[box] ?? 0 };
    const isSelecting = box > 0 && view.value.mode !== 'sandwich';
    navigate({ [this.#field]: box, ...(isSelecting ? { group: layout.groups[box] ?? -1 } : {}) });
  }

  /** For when the boxes have changed. */
  remember(): void {
    const layout = this.layout.peek();
    if (layout === undefined) return;
    this.#remembered = { zoomed: pathOf(layout, this.zoomed.peek()), focused: pathOf(layout, this.focused.peek()) };
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
