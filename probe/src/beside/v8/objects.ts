/**
 * Properties of plain objects and the names of their classes, read from outside. Source: objects/map.h, objects/js-objects.cc
 * (JSReceiver::GetConstructorName).
 */

import { addressAt } from '../target-memory.js';
import { type Descriptor, isDictionary, isPrototypeMap, readDescriptors } from './descriptors.js';
import type { Functions } from './functions.js';
import { type Heap, smiAt } from './heap.js';

/** A property with its key's name; a symbol is told by its description, in brackets. */
export interface NamedDescriptor extends Descriptor {
  name: string;
}

/** Map::bit_field2: the class that made the object is the one that `new` was applied to. */
const newTargetIsBase = (bits: number) => (bits & 1) !== 0;
const maxPrototypes = 32;
const maxDictionaryWords = 30_000;
const maxBackPointers = 1024;

export class Objects {
  readonly #heap: Heap;
  readonly #functions: Functions;
  readonly #descriptors = new Map<number, NamedDescriptor[]>();
  readonly #classes = new Map<number, string>();

  constructor(heap: Heap, functions: Functions) {
    this.#heap = heap;
    this.#functions = functions;
  }

  forget(): void {
    this.#descriptors.clear();
    this.#classes.clear();
  }

  /** The properties that objects of `map` hold. Empty for an object in dictionary mode. Throws `BadRead`. */
  descriptors(map: number): NamedDescriptor[] {
    const known = this.#descriptors.get(map);
    if (known !== undefined) return known;
    const found = readDescriptors(this.#heap, map).map(own => ({ ...own, name: this.#keyName(own.key) }));
    this.#descriptors.set(map, found);
    return found;
  }

  /** Eight bytes: the word that property `name` of the object holds; undefined when it has none of its own. Throws `BadRead`. */
  property(object: number, name: string): Buffer | undefined {
    const own = this.descriptors(this.#heap.field(object, 0)).find(descriptor => descriptor.name === name);
    if (own === undefined) return undefined;
    if (own.inObject !== null) return this.#heap.memory.read(object - 1 + own.inObject, 8);
    const properties = this.#heap.field(object, 8);
    return Buffer.from(this.#heap.object(properties, 16 + 8 * own.index + 8).subarray(16 + 8 * own.index));
  }

  /** The name of the class that V8 tells of an object; empty when it has none. Throws `BadRead`. */
  className(object: number): string {
    const map = this.#heap.field(object, 0);
    const known = this.#classes.get(map);
    if (known !== undefined) return known;
    const name = this.#classOf(map);
    this.#classes.set(map, name);
    return name;
  }

  /** The name of the property in `object` or its prototypes whose value is `value`; empty when there is none. Throws `BadRead`. */
  nameOfValue(object: number, value: number): string {
    let holder = object;
    for (let depth = 0; depth < maxPrototypes && this.#isReceiver(holder); depth++) {
      for (const [name, word] of this.#values(holder)) if (word === value) return name;
      holder = this.#heap.field(this.#heap.field(holder, 0), this.#heap.layout.map.prototype);
    }
    return '';
  }

  /** The pointers that the object's own properties hold, by name; also of an object in dictionary mode. */
  #values(object: number): Map<string, number> {
    const map = this.#heap.field(object, 0);
    const properties = this.#heap.field(object, 8);
    if (isDictionary(this.#heap.object(map, 24).readUInt32LE(this.#heap.layout.map.bitField3))) {
      return this.#dictionaryValues(properties);
    }
    const result = new Map<string, number>();
    for (const { name, inObject, index } of this.descriptors(map)) {
      const at = inObject === null ? properties + 16 + 8 * index : object + inObject;
      result.set(name, this.#heap.memory.pointer(at - 1));
    }
    return result;
  }

  /** NameDictionary: among its words are triples of key, value and details (objects/dictionary.h). */
  #dictionaryValues(dictionary: number): Map<string, number> {
    const result = new Map<string, number>();
    const length = this.#heap.smi(dictionary, 8);
    if (length < 0 || length > maxDictionaryWords) return result;
    const words = this.#heap.object(dictionary, 16 + 8 * length).subarray(16);
    for (let at = 0; at + 24 <= words.length; ) {
      const key = addressAt(words, at);
      const isEntry = smiAt(words, at + 16) !== undefined && this.#heap.isString(this.#heap.tryTypeOf(key));
      if (isEntry) result.set(this.#heap.string(key, 256), addressAt(words, at + 8));
      at += isEntry ? 24 : 8;
    }
    return result;
  }

  #classOf(map: number): string {
    const { layout } = this.#heap;
    const bits = this.#heap.object(map, 24);
    const ofMap = this.#nameOf(this.#constructorOf(map));
    const isBase = newTargetIsBase(bits[layout.map.bitField2] ?? 0);
    if (isBase && !isPrototypeMap(bits.readUInt32LE(layout.map.bitField3)) && ofMap !== '' && ofMap !== 'Object')
      return ofMap;
    let prototype = this.#heap.field(map, layout.map.prototype);
    for (let depth = 0; depth < maxPrototypes && this.#isReceiver(prototype); depth++) {
      const name = this.#nameOf(this.#values(prototype).get('constructor') ?? 0);
      if (name !== '') return name;
      prototype = this.#heap.field(this.#heap.field(prototype, 0), layout.map.prototype);
    }
    return ofMap;
  }

  /** Maps that came from others by transitions point back to them; the first to its constructor. */
  #constructorOf(map: number): number {
    const { constructorOrBack } = this.#heap.layout.map;
    let word = this.#heap.field(map, constructorOrBack);
    for (
      let count = 0;
      count < maxBackPointers && this.#heap.tryTypeOf(word) === this.#heap.layout.types.map;
      count++
    ) {
      word = this.#heap.field(word, constructorOrBack);
    }
    return word;
  }

  #nameOf(maker: number): string {
    if (!this.#heap.isFunction(this.#heap.tryTypeOf(maker))) return '';
    const { name, inferredName } = this.#functions.ofFunction(maker);
    return name === '' ? inferredName : name;
  }

  #isReceiver(word: number): boolean {
    // Receivers are the last of all types (LAST_TYPE is LAST_JS_RECEIVER_TYPE), null and undefined among the first.
    return (
      this.#heap.tryTypeOf(word) > this.#heap.layout.types.script &&
      this.#heap.typeName(this.#heap.typeOf(word)) !== 'Oddball'
    );
  }

  #keyName(key: number): string {
    if (this.#heap.isString(this.#heap.typeOf(key))) return this.#heap.string(key, 256);
    const description = this.#heap.field(key, 16); // Symbol: map, hash, description (objects/name.tq)
    return this.#heap.isString(this.#heap.tryTypeOf(description)) ? `[${this.#heap.string(description, 256)}]` : '';
  }
}
