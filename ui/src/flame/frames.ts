/** What the page says about a frame: the same words in the tooltip, below the graph and to a screen reader. */

import { type FlameLayout, totalOf } from '@nops/core/profile/flame-layout';
import { childrenOf, rowOf } from '@nops/core/profile/flame-view';
import { formatValue } from '@nops/core/profile/value-text';
import { formatShare } from '@nops/core/units/format';
import { computed, signal } from '@preact/signals';
import { found, opened, range, shown, view } from '../state/store.js';
import type { Functions, Shown } from '../worker/messages.js';
import { shades } from './theme.js';

export interface FrameText {
  name: string;
  place: string;
  self: string;
  total: string;
  /** Of what is in view, when that is a part. */
  ofView: string | undefined;
  isFound: boolean;
}

/** Node of the stack tree: it stays the same when the sample type changes. */
export const focusedNode = signal(view.peek().zoom);
export const focusedBox = computed(() => Math.max(0, shown.value?.layout.nodes.indexOf(focusedNode.value) ?? 0));

export const hovered = signal<{ box: number; x: number; y: number } | undefined>(undefined);

/** What stands in the boxes: an anonymous function is told by its file. */
export const labels = computed(() => (opened.value === undefined ? [] : labelsOf(opened.value.functions)));

function labelsOf({ names, places }: Functions): string[] {
  return names.map((name, g) => {
    if (name !== '(anonymous)') return name;
    const place = places[g] ?? '';
    return `${name} ${place.slice(Math.max(place.lastIndexOf('/'), place.lastIndexOf('\\')) + 1)}`;
  });
}

/** By group of functions: its category's colour, in a shade that follows from its name. */
export const colors = computed(() => {
  const functions = opened.value?.functions;
  if (functions === undefined) return new Uint8Array();
  return functions.categories.map((category, g) => category * shades + (hashOf(functions.names[g] ?? '') % shades));
});

function hashOf(text: string): number {
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash >>> 0;
}

/** `value` with its percentage of the whole. */
function withShare({ unit, total }: Shown, value: number): string {
  return `${formatValue(value, unit)} (${formatShare(total === 0 ? 0 : value / total)})`;
}

export function describeFrame(graph: Shown, functions: Functions, box: number): FrameText {
  const { layout } = graph;
  const group = layout.groups[box] ?? 0;
  const { from, to } = range.value;
  const isPart = to - from < graph.total && (layout.starts[box] ?? 0) < to && (layout.ends[box] ?? 0) > from;
  return {
    name: box === 0 ? 'all' : (functions.names[group] ?? ''),
    place: box === 0 ? '' : (functions.places[group] ?? ''),
    self: withShare(graph, layout.selfs[box] ?? 0),
    total: withShare(graph, totalOf(layout, box)),
    ofView: isPart ? formatShare(Math.min(1, totalOf(layout, box) / (to - from))) : undefined,
    isFound: box > 0 && found.value?.groups[group] === 1,
  };
}

/** Where a frame stands in the tree, counted from 1 as ARIA does. */
export function placeInTree(layout: FlameLayout, box: number) {
  const parent = layout.parents[box] ?? -1;
  const siblings = parent < 0 ? { first: box, end: box + 1 } : childrenOf(layout, parent);
  const children = childrenOf(layout, box);
  return {
    level: rowOf(layout, box) + 1,
    position: box - siblings.first + 1,
    siblings: siblings.end - siblings.first,
    children: children.end - children.first,
  };
}
