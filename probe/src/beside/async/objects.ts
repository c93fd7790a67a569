/**
 * Objects on the heap for those who look at hundreds of thousands of them, any of which may be something else by now: nothing here
 * throws. A word is a number; NaN stands for what can't be read, -1 for a type that is none.
 */

import type { Memory } from '../target-memory.js';
import { Bytecodes } from '../v8/bytecode.js';
import { Functions } from '../v8/functions.js';
import { Heap, isPointer } from '../v8/heap.js';
import type { Layout } from '../v8/layout.js';
import { type AsyncLayout, asyncLayoutOf, fields } from './layout.js';
import { PagedMemory } from './paged-memory.js';

const high = 0x1_0000_0000;

/** The Smi that a word is; undefined when it is none. */
export function smiOf(word: number): number | undefined {
  return word % high === 0 ? (word / high) | 0 : undefined;
}

export class Objects {
  readonly memory: PagedMemory;
  readonly heap: Heap;
  readonly functions: Functions;
  readonly bytecodes: Bytecodes;
  readonly layout: AsyncLayout;
  readonly #types = new Map<number, number>();

  /** Throws `impossible` for a version whose promises are not known. */
  constructor(memory: Memory, layout: Layout) {
    this.layout = asyncLayoutOf(layout);
    this.memory = new PagedMemory(memory);
    this.heap = new Heap(this.memory, layout);
    this.functions = new Functions(this.heap);
    this.bytecodes = new Bytecodes(this.heap);
  }

  /** Forgets all that was read: before each new look. */
  forget(): void {
    this.memory.forget();
    this.heap.forget();
    this.functions.forget();
    this.bytecodes.forget();
    this.#types.clear();
  }

  /** The word at `offset` of an object. */
  field(pointer: number, offset: number): number {
    return isPointer(pointer) ? this.memory.word(pointer - 1 + offset) : Number.NaN;
  }

  smi(pointer: number, offset: number): number | undefined {
    return smiOf(this.field(pointer, offset));
  }

  /** The instance type of an object; -1 when it is none. */
  typeOf(pointer: number): number {
    return this.typeOfMap(this.field(pointer, 0));
  }

  typeOfMap(map: number): number {
    if (!isPointer(map)) return -1;
    const known = this.#types.get(map);
    if (known !== undefined) return known;
    // A map whose own map is a map: `Heap` looks at that.
    const isMap = this.heap.tryTypeOf(map) === this.heap.layout.types.map;
    const type = isMap ? this.heap.memory.uint16(map - 1 + this.heap.layout.map.instanceType) : -1;
    this.#types.set(map, type);
    return type;
  }

  isFunction(pointer: number): boolean {
    return this.heap.isFunction(this.typeOf(pointer));
  }

  isContext(pointer: number): boolean {
    return this.isContextType(this.typeOf(pointer));
  }

  isContextType(type: number): boolean {
    return type >= this.layout.firstContext && type <= this.layout.lastContext;
  }

  isSuspendable(type: number): boolean {
    return type === this.layout.asyncFunction || type === this.layout.asyncGenerator;
  }

  /** Functions that V8 itself provides have the number of a builtin where others have code or what it is compiled from. */
  isBuiltin(func: number): boolean {
    const { shared } = this.heap.layout;
    const info = this.field(func, this.heap.layout.function.shared);
    return [shared.data, shared.untrustedData].some(offset => {
      const id = offset === null ? undefined : this.smi(info, offset);
      return id !== undefined && id > 0;
    });
  }

  /** The slots of a context, those that all contexts have included; empty when it is none or too long to be a closure's. */
  contextSlots(context: number, maxSlots: number): number[] {
    const length = this.isContext(context) ? this.smi(context, fields.context.length) : undefined;
    if (length === undefined || length < 0 || length > maxSlots) return [];
    return Array.from({ length }, (_, index) => this.field(context, fields.context.slots + 8 * index));
  }
}
