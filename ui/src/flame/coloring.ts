/** Which colour a box has: an index into one of the theme's palettes, by group or, for differences, by box. */

import { totalOf } from '@nops/core/profile/flame/layout';
import type { Flame } from '@nops/core/profile/query/engine';
import { computed } from '@preact/signals';
import { viewField } from '../state/history.js';
import { graph, groups } from '../state/store.js';
import type { Groups } from '../worker/messages.js';
import { categoryCount, changeColors, packageColors, shades } from './theme.js';

export interface Coloring {
  palette: 'categories' | 'packages' | 'changes';
  /** By group; undefined for differences. */
  ofGroup: Uint8Array | undefined;
}

/** What is compared is coloured by what changed, unless the reader wants something else. */
export const coloring = computed<Coloring>(() => {
  const known = groups.value;
  const color = viewField('color');
  const isCompared = graph.value?.costs.before !== undefined;
  if (color === 'difference' && isCompared) return { palette: 'changes', ofGroup: undefined };
  if (known === undefined) return { palette: 'categories', ofGroup: new Uint8Array() };
  return color === 'package'
    ? { palette: 'packages', ofGroup: byPackage(known) }
    : { palette: 'categories', ofGroup: byCategory(known) };
});

function byCategory({ categories, names }: Groups): Uint8Array {
  return categories.map(
    (category, g) => Math.min(category, categoryCount - 1) * shades + (hashOf(names[g] ?? '') % shades),
  );
}

/** Code without a package is told apart by its category. */
function byPackage({ packages, categories, names }: Groups): Uint8Array {
  return Uint8Array.from(packages, (name, g) => {
    const key = name === '' ? `category ${categories[g]}` : name;
    return (hashOf(key) % packageColors) * shades + (hashOf(names[g] ?? '') % shades);
  });
}

/** From a quarter, or gone, to four times, or new. */
export function changeColor(flame: Flame, box: number): number {
  const now = totalOf(flame.layout, box);
  const was = flame.before?.[box] ?? 0;
  const middle = (changeColors - 1) / 2;
  if (was <= 0) return now > 0 ? changeColors - 1 : middle;
  return Math.round(Math.max(-middle, Math.min(middle, (Math.log2(now / was) / 2) * middle)) + middle);
}

function hashOf(text: string): number {
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash >>> 0;
}
