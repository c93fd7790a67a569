/**
 * What counts as one box and one row: a function, the file it is in, its package, whose code it is, or one line of it. Groups are numbers;
 * those of functions are the functions' own.
 */

import { categoryOf, frameCategories } from '../frame-category.js';
import { packageOf } from '../package-of.js';
import type { FrameTable } from './frames.js';

export const groupKinds = ['function', 'module', 'package', 'category', 'line'] as const;
export type GroupKind = (typeof groupKinds)[number];

export interface Grouping {
  /** By frame. */
  groups: Uint32Array;
  /** By group: as it is called; `file:line` or what is known of it; index into frameCategories; the package, or ''. */
  names: string[];
  places: string[];
  categories: Uint8Array;
  packages: string[];
}

export function groupFrames(frames: FrameTable, kind: GroupKind): Grouping {
  if (kind === 'function') return byFunction(frames);
  const table = new Map<string, number>();
  const grouping: Grouping = {
    groups: new Uint32Array(),
    names: [],
    places: [],
    categories: new Uint8Array(),
    packages: [],
  };
  const categories: number[] = [];
  grouping.groups = Uint32Array.from(frames.functions, (g, f) => {
    const file = frames.files[g] ?? '';
    const line = frames.lines[f] ?? 0;
    const { key, name, place } = describe(kind, frames.names[g] ?? '', file, line);
    const known = table.get(key);
    if (known !== undefined) return known;
    const group = grouping.names.push(name) - 1;
    table.set(key, group);
    grouping.places.push(place);
    grouping.packages.push(packageOf(file));
    categories.push(frameCategories.indexOf(categoryOf(file)));
    return group;
  });
  return { ...grouping, categories: Uint8Array.from(categories) };
}

function byFunction({ functions, names, files, startLines }: FrameTable): Grouping {
  return {
    groups: functions,
    names: names.map(name => name || '(unknown)'),
    places: files.map((file, g) => placeOf(file, startLines[g] ?? 0)),
    categories: Uint8Array.from(files, file => frameCategories.indexOf(categoryOf(file))),
    packages: files.map(packageOf),
  };
}

function describe(
  kind: Exclude<GroupKind, 'function'>,
  name: string,
  file: string,
  line: number,
): { key: string; name: string; place: string } {
  const category = categoryOf(file);
  switch (kind) {
    case 'module':
      return file === '' ? { key: `n${name}`, name, place: '' } : { key: `f${file}`, name: baseOf(file), place: file };
    case 'package': {
      const text = packageOf(file) || categoryNames[category];
      return { key: text, name: text, place: '' };
    }
    case 'category':
      return { key: category, name: categoryNames[category], place: '' };
    case 'line':
      return { key: `${name}\n${file}\n${line}`, name: name || '(unknown)', place: placeOf(file, line) };
  }
}

const categoryNames = {
  app: 'your code',
  dependency: 'dependencies',
  node: 'Node.js',
  native: 'native and V8',
} as const;

export function placeOf(file: string, line: number): string {
  return file === '' || line <= 0 ? file : `${file}:${line}`;
}

/** The same the other way. */
export function placeLine(place: string): { file: string; line: number } {
  const found = /^(.*):(\d+)$/.exec(place);
  return found === null ? { file: place, line: 0 } : { file: found[1] ?? '', line: Number(found[2]) };
}

function baseOf(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1) || file;
}
