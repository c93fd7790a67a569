/**
 * Where the objects of a map keep their properties, as the map's descriptors tell. Source: objects/map.h, objects/descriptor-array.tq,
 * objects/property-details.h, objects/js-objects.h.
 *
 *   object          map | properties | elements | field | field …
 *   descriptors     header | key, details, value | key, details, value …
 */

import { addressAt, BadRead } from '../target-memory.js';
import { type Heap, isPointer, smiAt } from './heap.js';

/** A property that holds a value in the object itself or in its property array. */
export interface Descriptor {
  /** A string or a symbol. */
  key: number;
  /** In bytes from the object's start; null when it is in the property array. */
  inObject: number | null;
  /** In the property array. */
  index: number;
}

// Map::bit_field3: 10 bits of enum length, 10 of own descriptors, is_prototype_map, is_dictionary_map.
const descriptorCount = (bits: number) => (bits >>> 10) & 0x3ff;
export const isPrototypeMap = (bits: number) => ((bits >>> 20) & 1) !== 0;
export const isDictionary = (bits: number) => ((bits >>> 21) & 1) !== 0;
// PropertyDetails of fast objects: location in bit 5 (0: a field), the field's index from bit 19 on.
const isField = (details: number) => ((details >>> 5) & 1) === 0;
const fieldIndex = (details: number) => (details >>> 19) & 0x3ff;
const descriptorBytes = 24;

/** In the order in which they were added; empty for a map whose objects are in dictionary mode. Throws `BadRead`. */
export function readDescriptors(heap: Heap, map: number): Descriptor[] {
  const { layout } = heap;
  const head = heap.object(map, layout.map.descriptors + 8);
  if (heap.typeOfMap(addressAt(head, 0)) !== layout.types.map) throw new BadRead('not a map');
  const bits = head.readUInt32LE(layout.map.bitField3);
  const count = descriptorCount(bits);
  if (isDictionary(bits) || count === 0) return [];
  const start = head[layout.map.inObject] ?? 0;
  const inObjectCount = (head[layout.map.sizeInWords] ?? 0) - start;
  const array = addressAt(head, layout.map.descriptors);
  const all = heap.object(array, layout.descriptorHeader + descriptorBytes * count).subarray(layout.descriptorHeader);
  const result: Descriptor[] = [];
  for (let at = 0; at < all.length; at += descriptorBytes) {
    const details = smiAt(all, at + 8);
    const key = addressAt(all, at);
    if (details === undefined || !isField(details) || !isPointer(key)) continue;
    const index = fieldIndex(details);
    const isIn = index < inObjectCount;
    result.push({ key, inObject: isIn ? 8 * (start + index) : null, index: isIn ? index : index - inObjectCount });
  }
  return result;
}
