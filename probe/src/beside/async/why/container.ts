/** Which object a word of the heap belongs to: found backwards, by the first word before it that is a map whose objects are long enough. */

import { BadRead } from '../../target-memory.js';
import { isPointer } from '../../v8/heap.js';
import { type Objects, smiOf } from '../objects.js';

export interface Container {
  pointer: number;
  map: number;
  type: number;
}

/** Larger arrays than this (in words) are not looked through. */
const maxWords = 400_000;
/** A map is 10 words (objects/map.tq). */
const mapBytes = 80;
/** objects/property-array.tq: the length is the lowest ten bits, the rest is a hash. */
const propertyArrayLength = 1023;
const arrayHeader = 16;

export function containerOf(objects: Objects, address: number): Container | undefined {
  const { types } = objects.heap.layout;
  for (let words = 0, at = address; words < maxWords; words++, at -= 8) {
    const map = objects.memory.word(at);
    if (Number.isNaN(map)) return undefined;
    if (!isPointer(map)) continue;
    const type = objects.typeOfMap(map);
    if (type < 0) continue;
    if (type === types.map) {
      if (address - at < mapBytes) return { pointer: at + 1, map, type };
      continue;
    }
    if (at === address) return undefined;
    const bytes = sizeOf(objects, at + 1, map, type);
    if (bytes === undefined || at + bytes > address) return { pointer: at + 1, map, type };
  }
  return undefined;
}

/** undefined: not known, so as long as need be. */
function sizeOf(objects: Objects, pointer: number, map: number, type: number): number | undefined {
  const fixed = 8 * sizeInWords(objects, map);
  if (fixed !== 0) return fixed;
  const length = smiOf(objects.field(pointer, 8));
  if (length === undefined) return undefined;
  const name = objects.heap.typeName(type);
  if (name === 'PropertyArray') return arrayHeader + 8 * (length & propertyArrayLength);
  const isArray = name === '' || objects.isContextType(type) || /Array|Table|Dictionary|Hash/.test(name);
  return isArray ? arrayHeader + 8 * length : undefined;
}

function sizeInWords(objects: Objects, map: number): number {
  try {
    return objects.memory.read(map - 1 + objects.heap.layout.map.sizeInWords, 1)[0] ?? 0;
  } catch (error) {
    if (error instanceof BadRead) return 0;
    throw error;
  }
}
