/**
 * What kind of object something is, and its properties, as its map tells: who constructed it, and where each named property is kept.
 * Source: objects/map.h, objects/templates.tq, objects/property-array.h.
 */

import { BadRead } from '../target-memory.js';
import { type Descriptor, readDescriptors } from '../v8/descriptors.js';
import type { Objects } from './objects.js';

interface Property extends Descriptor {
  /** `[name]` for a symbol. */
  name: string;
}

/** PropertyArray: map, length, items (objects/property-array.h). */
const propertyArrayItems = 16;
const maxTransitions = 300;
const maxNameLength = 100;
const symbolName = 16;

export class Shapes {
  readonly #objects: Objects;
  readonly #names = new Map<number, string>();
  readonly #properties = new Map<number, Property[]>();

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  /** The name of the constructor of `object`; empty when it has none. */
  className(object: number): string {
    return this.#remembered(this.#names, object, '', map => this.#constructorName(map));
  }

  /** Own properties in the order in which they were added; none for an object whose properties are in a dictionary. */
  properties(object: number): Property[] {
    return this.#remembered(this.#properties, object, [], map => this.#readProperties(map));
  }

  /** The word of a property; NaN when it has none of this name. */
  property(object: number, name: string): number {
    const found = this.properties(object).find(property => property.name === name);
    if (found === undefined) return Number.NaN;
    if (found.inObject !== null) return this.#objects.field(object, found.inObject);
    return this.#objects.field(this.#objects.field(object, 8), propertyArrayItems + 8 * found.index);
  }

  /** The text of a string property; empty when it is none. */
  text(object: number, name: string, max = maxNameLength): string {
    return this.string(this.property(object, name), max);
  }

  /** Empty for what is no string. */
  string(word: number, max = maxNameLength): string {
    const { heap } = this.#objects;
    if (!heap.isString(this.#objects.typeOf(word))) return '';
    return orElse('', () => heap.string(word, max));
  }

  #remembered<T>(known: Map<number, T>, object: number, otherwise: T, read: (map: number) => T): T {
    const map = this.#objects.field(object, 0);
    const found = known.get(map);
    if (found !== undefined) return found;
    if (this.#objects.typeOfMap(map) < 0) return otherwise;
    const value = orElse(otherwise, () => read(map));
    known.set(map, value);
    return value;
  }

  /** Maps that were made by adding properties lead back to the first, which has the constructor. */
  #constructorName(map: number): string {
    const { map: layout, types } = this.#objects.heap.layout;
    let at = this.#objects.field(map, layout.constructorOrBack);
    for (let count = 0; count < maxTransitions && this.#objects.typeOf(at) === types.map; count++) {
      at = this.#objects.field(at, layout.constructorOrBack);
    }
    if (this.#objects.isFunction(at)) return this.#objects.functions.ofFunction(at).name;
    if (this.#objects.heap.typeName(this.#objects.typeOf(at)) !== 'FunctionTemplateInfo') return '';
    // Objects of C++ classes: the template has the class's name among its fields (objects/templates.tq).
    for (let offset = 8; offset < 120; offset += 8) {
      const name = this.string(this.#objects.field(at, offset));
      if (name !== '') return name;
    }
    return '';
  }

  #readProperties(map: number): Property[] {
    return readDescriptors(this.#objects.heap, map).map(own => ({ ...own, name: this.#key(own.key) }));
  }

  #key(word: number): string {
    if (this.#objects.heap.typeName(this.#objects.typeOf(word)) !== 'Symbol') return this.string(word);
    return `[${this.string(this.#objects.field(word, symbolName))}]`;
  }
}

function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadRead) return otherwise;
    throw error;
  }
}
