/**
 * Objects on V8's heap, read from outside: tagged words, maps, instance types, strings. Everything is checked as it is read, and
 * `BadRead` is thrown for what can't be what it should be: the collector may move objects at any time.
 *
 * A tagged word is a Smi (a small integer in its upper half, the lower half 0) or a pointer to an object, whose lowest bits are 01.
 * Pointers are numbers here, tag included; field `offset` of `pointer` is at `pointer - 1 + offset`.
 */

import { addressAt, BadRead, type Memory } from '../target-memory.js';
import type { Layout } from './layout.js';

/** What `Heap` reads from: the memory itself, or a copy of a part of it. */
export type HeapMemory = Pick<Memory, 'read' | 'pointer' | 'uint16' | 'uint32'>;

/** Longer names and urls are cut. */
const maxNameLength = 1024;
/** A cons string deeper than this is none that a name or url would be. */
const maxStringDepth = 2000;
/** V8's own limit, String::kMaxLength of 64-bit builds. */
const maxStringLength = (1 << 29) - 24;

// objects/instance-type.h: the low three bits say how a string is represented, the fourth whether it has one byte per character.
const representationMask = 7;
const oneByteFlag = 8;
const representation = { sequential: 0, cons: 1, external: 2, sliced: 3, thin: 5 } as const;

/** Bytes of a string before its characters, or all of it; only these are read, since it may be the last before memory that is not mapped. */
const headBytes: Record<number, number> = { [representation.sequential]: 16, [representation.thin]: 24 };

/** True for a word that is tagged as a pointer to an object. */
export function isPointer(word: number): boolean {
  return word % 4 === 1 && word > 0xffff;
}

/** The value of the Smi at `offset` of `bytes`; undefined when the word there is none. */
export function smiAt(bytes: Buffer, offset: number): number | undefined {
  return bytes.readUInt32LE(offset) === 0 ? bytes.readInt32LE(offset + 4) : undefined;
}

export class Heap {
  readonly memory: HeapMemory;
  readonly layout: Layout;
  readonly #typeOfMap = new Map<number, number>();

  constructor(memory: HeapMemory, layout: Layout) {
    this.memory = memory;
    this.layout = layout;
  }

  /** Forgets what it knows of maps: they move, if rarely. */
  forget(): void {
    this.#typeOfMap.clear();
  }

  /** `size` bytes of the object, from its map on. */
  object(pointer: number, size: number, into?: Buffer): Buffer {
    if (!isPointer(pointer)) throw new BadRead('not a pointer to an object');
    return this.memory.read(pointer - 1, size, into);
  }

  /** The word at `offset` of the object, as an address; -1 when it is a negative Smi or no address. */
  field(pointer: number, offset: number): number {
    if (!isPointer(pointer)) throw new BadRead('not a pointer to an object');
    return this.memory.pointer(pointer - 1 + offset);
  }

  /** The Smi at `offset` of the object. */
  smi(pointer: number, offset: number): number {
    const value = smiAt(this.object(pointer, offset + 8).subarray(offset), 0);
    if (value === undefined) throw new BadRead('not a small integer');
    return value;
  }

  /** The instance type of an object, objects/instance-type.h. */
  typeOf(pointer: number): number {
    return this.typeOfMap(this.field(pointer, 0));
  }

  /** Like `typeOf`, -1 for what is no object. */
  tryTypeOf(pointer: number): number {
    if (!isPointer(pointer)) return -1;
    try {
      return this.typeOf(pointer);
    } catch (error) {
      if (error instanceof BadRead) return -1;
      throw error;
    }
  }

  /** The instance type that a map gives its objects. The map of a map is a map: that tells it from anything else. */
  typeOfMap(map: number): number {
    const known = this.#typeOfMap.get(map);
    if (known !== undefined) return known;
    if (!isPointer(map)) throw new BadRead('not a map');
    const { instanceType } = this.layout.map;
    const bytes = this.memory.read(map - 1, 16);
    const mapOfMap = addressAt(bytes, 0);
    if (!isPointer(mapOfMap) || this.memory.uint16(mapOfMap - 1 + instanceType) !== this.layout.types.map) {
      throw new BadRead('not a map');
    }
    const type = bytes.readUInt16LE(instanceType);
    this.#typeOfMap.set(map, type);
    return type;
  }

  isString(type: number): boolean {
    return type >= 0 && type < this.layout.types.firstNonstring;
  }

  isFunction(type: number): boolean {
    return type >= this.layout.function.firstType && type <= this.layout.function.lastType;
  }

  /** The name of an instance type as V8 writes it, such as `PropertyArray`; empty when V8 has no constant for it. */
  typeName(type: number): string {
    return this.layout.types.names.get(type) ?? '';
  }

  /** The first `max` characters of a string of any representation. */
  string(pointer: number, max = maxNameLength): string {
    return this.#string(pointer, Math.min(max, maxStringLength), 0);
  }

  /** The number in a Smi or a HeapNumber. */
  number(word: Buffer, offset: number): number {
    const smi = smiAt(word, offset);
    if (smi !== undefined) return smi;
    const pointer = addressAt(word, offset);
    if (this.typeOf(pointer) !== this.layout.types.heapNumber) throw new BadRead('not a number');
    return this.object(pointer, 16).readDoubleLE(8);
  }

  #string(pointer: number, max: number, depth: number): string {
    const type = this.typeOf(pointer);
    if (!this.isString(type) || depth > maxStringDepth) throw new BadRead('not a string');
    const { string } = this.layout;
    const head = this.object(pointer, headBytes[type & representationMask] ?? 32);
    const length = head.readInt32LE(string.length);
    if (length < 0 || length > maxStringLength) throw new BadRead('not the length of a string');
    const count = Math.min(length, max);
    const isOneByte = (type & oneByteFlag) !== 0;
    switch (type & representationMask) {
      case representation.sequential:
        return this.#characters(pointer - 1 + string.chars, count, isOneByte);
      case representation.cons: {
        const first = this.#string(addressAt(head, string.consFirst), count, depth + 1);
        if (first.length >= count) return first;
        return first + this.#string(addressAt(head, string.consSecond), count - first.length, depth + 1);
      }
      case representation.external:
        // The data's address is kept after the resource (ExternalString::resource_data_, objects/string.h).
        return this.#characters(this.field(pointer, string.externalResource + 8), count, isOneByte);
      case representation.sliced: {
        const offset = smiAt(head, string.slicedOffset);
        if (offset === undefined || offset < 0) throw new BadRead('not the offset of a string');
        return this.#string(addressAt(head, string.slicedParent), offset + count, depth + 1).slice(offset);
      }
      case representation.thin:
        return this.#string(addressAt(head, string.thinActual), count, depth + 1);
      default:
        throw new BadRead('not a kind of string');
    }
  }

  #characters(address: number, count: number, isOneByte: boolean): string {
    if (count === 0) return '';
    return isOneByte
      ? this.memory.read(address, count).toString('latin1')
      : this.memory.read(address, 2 * count).toString('utf16le');
  }
}
