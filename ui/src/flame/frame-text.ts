/** What the page says about a frame: the same words in the tooltip, below the graph and to a screen reader. */

import { type FlameLayout, totalOf } from '@nops/core/profile/flame/layout';
import { childrenOf, rowOf } from '@nops/core/profile/flame/view';
import { formatValue } from '@nops/core/profile/value-text';
import { formatPoints, formatShare } from '@nops/core/units/format';
import { computed } from '@preact/signals';
import { found, graph, groups } from '../state/store.js';
import type { Groups } from '../worker/messages.js';
import type { FlameState } from './flame-state.js';

export interface FrameText {
  name: string;
  place: string;
  total: string;
  /** '' where boxes are turned round, and have none of their own. */
  self: string;
  /** Of what is in view, when that is a part. */
  ofView: string | undefined;
  /** Against what it is compared with. */
  change: string | undefined;
  /** In the order of time: when it began. */
  at: string | undefined;
  isFound: boolean;
}

/** What stands in the boxes: an anonymous function is told by its file. */
export const labels = computed(() => (groups.value === undefined ? [] : labelsOf(groups.value)));

function labelsOf({ names, places }: Groups): string[] {
  return names.map((name, g) => {
    if (name !== '(anonymous)') return name;
    const place = places[g] ?? '';
    return `${name} ${place.slice(Math.max(place.lastIndexOf('/'), place.lastIndexOf('\\')) + 1)}`;
  });
}

export function describeFrame(state: FlameState, box: number): FrameText | undefined {
  const [flame, known] = [state.flame.value, groups.value];
  if (flame === undefined || known === undefined) return undefined;
  const { layout } = flame;
  const group = layout.groups[box] ?? 0;
  const isTime = flame.kind === 'time';
  const unit = isTime ? 'nanoseconds' : (graph.value?.costs.unit ?? '');
  const whole = totalOf(layout, 0);
  const withShare = (value: number) => `${formatValue(value, unit)} (${formatShare(whole === 0 ? 0 : value / whole)})`;
  const { from, to } = state.range.value;
  const isPart = to - from < whole && (layout.starts[box] ?? 0) < to && (layout.ends[box] ?? 0) > from;
  const total = totalOf(layout, box);
  return {
    name: box === 0 ? 'all' : (known.names[group] ?? ''),
    place: box === 0 ? '' : (known.places[group] ?? ''),
    total: withShare(total),
    self: flame.kind === 'merged' || flame.kind === 'callees' ? withShare(selfOf(layout, box)) : '',
    ofView: isPart ? formatShare(Math.min(1, total / (to - from))) : undefined,
    change: flame.before && changeOf(total, flame.before[box] ?? 0, whole),
    at: isTime ? `at ${formatValue((layout.starts[box] ?? 0) + flame.originNanos, unit)}` : undefined,
    isFound: box > 0 && found.value?.groups[group] === 1,
  };
}

/** Percentage points of the total, and how many times as much. */
function changeOf(now: number, was: number, whole: number): string {
  if (was === 0) return 'new';
  const points = whole === 0 ? 0 : ((now - was) / whole) * 100;
  return `${formatPoints(points)} points, ${(now / was).toFixed(2)} times`;
}

/** What a box cost without what it called. */
function selfOf(layout: FlameLayout, box: number): number {
  const { first, end } = childrenOf(layout, box);
  let self = totalOf(layout, box);
  for (let child = first; child < end; child++) self -= totalOf(layout, child);
  // Sums of fractions differ in their last bits.
  return Math.abs(self) < totalOf(layout, box) * 1e-12 ? 0 : self;
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
