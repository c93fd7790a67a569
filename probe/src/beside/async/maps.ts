/**
 * The maps of what a dump looks for, found by the instance type in them: each vm context and worker has its own, each subclass of
 * Promise and each async generator function one more.
 */

import type { Scanner } from '../scan/scanner.js';
import { unknownLayout } from '../v8/locate.js';
import type { Objects } from './objects.js';
import type { HeapPage } from './pages.js';

export type Kind = 'function' | 'generator' | 'promise' | 'job';

/** Maps by their tagged pointer. */
export type Maps = Map<number, Kind>;

/** Functions with more properties of their own are none that was ever seen. */
const maxBytes = 1024;
/** An app that makes more async generator functions than this has another problem. */
const maxMaps = 200_000;

/** Throws `impossible` when there is none of a kind that every Node has. */
export function findMaps(scanner: Scanner, objects: Objects, pages: readonly HeapPage[]): Maps {
  const maps: Maps = new Map();
  const { layout } = objects;
  collect(scanner, objects, pages.filter(isReadOnly), maps, [
    [layout.fulfillJob, 'job', 0],
    [layout.rejectJob, 'job', 0],
  ]);
  addMaps(scanner, objects, pages, maps);
  const kinds = new Set(maps.values());
  if (!kinds.has('function')) throw unknownLayout('no map of async functions was found on its heap');
  if (!kinds.has('promise')) throw unknownLayout('no map of promises was found on its heap');
  return maps;
}

function isReadOnly(page: HeapPage): boolean {
  return page.heap === 0;
}

/** Adds what is on writable pages: functions, generators and promises. */
function addMaps(scanner: Scanner, objects: Objects, pages: readonly HeapPage[], maps: Maps): void {
  const { layout } = objects;
  const writable = pages.filter(page => !isReadOnly(page));
  collect(scanner, objects, writable, maps, [
    [layout.asyncFunction, 'function', layout.asyncFunctionBytes],
    [layout.asyncGenerator, 'generator', 96],
    [layout.promise, 'promise', 40],
  ]);
}

function collect(
  scanner: Scanner,
  objects: Objects,
  pages: readonly HeapPage[],
  maps: Maps,
  wanted: readonly (readonly [type: number, kind: Kind, minBytes: number])[],
): void {
  const types = wanted.map(([type]) => type);
  const { sizeInWords } = objects.heap.layout.map;
  const candidates: number[] = [];
  scanner.maps(objects.memory.memory, pages, types, (offset, chunk) => {
    if (candidates.length < maxMaps) candidates.push(chunk.address + offset + 1);
  });
  for (const pointer of candidates) {
    if (objects.typeOf(pointer) !== objects.heap.layout.types.map) continue;
    const type = objects.typeOfMap(pointer);
    const bytes = 8 * ((objects.memory.read(pointer - 1 + sizeInWords, 1)[0] ?? 0) & 0xff);
    const match = wanted.find(([known, , minBytes]) => known === type && bytes >= minBytes && bytes <= maxBytes);
    if (match !== undefined) maps.set(pointer, match[1]);
  }
}
