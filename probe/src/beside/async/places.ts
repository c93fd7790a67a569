/** Where suspended functions are in their source, from the bytecode at which they will go on. */

import type { AsyncFrame } from '@nops/core/protocol/async-results';
import { BadRead } from '../target-memory.js';
import { isPointer } from '../v8/heap.js';
import { unknownLayout } from '../v8/locate.js';
import type { Suspended } from './collect.js';
import { readSuspended } from './collect.js';
import type { Objects } from './objects.js';
import type { Shapes } from './shapes.js';

export type Place = Omit<AsyncFrame, 'link'>;

const unknown: Place = { function: '', url: '', line: 0, column: 0 };
const minShare = 0.98;
/** How often, in all, memory is read anew for a place that made no sense. */
const maxReadings = 64;
/** kWide and kExtraWide come before a bytecode with large operands (interpreter/bytecodes.h). */
const lastPrefix = 1;

export class Places {
  readonly #objects: Objects;
  readonly #shapes: Shapes;
  readonly #known = new Map<string, Place>();
  /** The bytecodes at which functions are suspended, and how many of the places that were looked up have each. */
  readonly #opcodes = new Map<number, number>();
  #looked = 0;
  #readings = maxReadings;

  constructor(objects: Objects, shapes: Shapes) {
    this.#objects = objects;
    this.#shapes = shapes;
  }

  of(suspended: Suspended): Place {
    const { function: func, position } = suspended;
    const shared = this.#objects.field(func, this.#objects.heap.layout.function.shared);
    // A computed method's name is a property of the function, as is one that was set; V8 prefers it (JSFunction::GetDebugName).
    const ownName = this.#shapes.text(func, 'name');
    const key = `${shared}:${position}:${ownName}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const place = orElse(undefined, () => this.#read(shared, position)) ?? this.#readAnew(suspended);
    const named = ownName === '' ? place : { ...place, function: ownName };
    this.#known.set(key, named);
    return named;
  }

  /**
   * The collector has moved its function since it was found, or what is kept of the memory is older than that: the function is looked up
   * anew, a bounded number of times in all.
   */
  #readAnew({ pointer, heap }: Suspended): Place {
    while (this.#readings-- > 0) {
      this.#objects.forget();
      const now = readSuspended(this.#objects, pointer, heap);
      if (now === undefined) continue;
      const shared = this.#objects.field(now.function, this.#objects.heap.layout.function.shared);
      const place = orElse(undefined, () => this.#read(shared, now.position));
      if (place !== undefined) return place;
    }
    return unknown;
  }

  /**
   * All functions are suspended at one and the same bytecode, SuspendGenerator. Throws `impossible` when they are not: then positions
   * are not where they are known to be.
   */
  check(): void {
    const most = Math.max(0, ...this.#opcodes.values());
    if (most < this.#looked * minShare) {
      throw unknownLayout(`functions are suspended at different bytecodes (${most} of ${this.#looked} at the same)`);
    }
  }

  #read(shared: number, position: number): Place {
    const { functions, bytecodes } = this.#objects;
    const info = functions.at(shared);
    const name = info.name !== '' ? info.name : info.inferredName;
    const url = info.script?.url ?? '';
    const place = { ...unknown, function: name, url };
    if (info.script === undefined) return place;
    const pointer = this.#bytecodeOf(shared);
    // V8 drops the bytecode of functions that did not run for long: then only where the function begins is known.
    const source = pointer === undefined ? info.start : this.#sourcePosition(pointer, bytecodes.offsetOf(position));
    return { ...place, ...functions.scripts.place(info.script, source) };
  }

  #sourcePosition(pointer: number, offset: number): number {
    const { bytecodes } = this.#objects;
    const bytecode = bytecodes.at(pointer);
    this.#note(bytecodes.bytes(bytecode), offset);
    return bytecodes.position(bytecode, offset);
  }

  /** Baseline code of 11.3 keeps the offset one behind. */
  #note(bytes: Buffer, offset: number): void {
    this.#looked++;
    const at = (index: number) => {
      const first = bytes[index] ?? -1;
      return first >= 0 && first <= lastPrefix ? (bytes[index + 1] ?? -1) : first;
    };
    for (const opcode of new Set([at(offset), at(offset - 1)])) {
      this.#opcodes.set(opcode, (this.#opcodes.get(opcode) ?? 0) + 1);
    }
  }

  /** The bytecode of a function: in it, in its InterpreterData, or behind its baseline code. */
  #bytecodeOf(shared: number): number | undefined {
    const { types, shared: offsets } = this.#objects.heap.layout;
    let word = this.#objects.field(shared, offsets.data);
    for (let depth = 0; depth < 3 && isPointer(word); depth++) {
      const type = this.#objects.typeOf(word);
      if (type === types.bytecodeArray) return word;
      if (type !== types.interpreterData && type !== types.code) return undefined;
      const next = [8, 16, 24, 32, 40, 48].map(offset => this.#objects.field(word, offset));
      word =
        next.find(field => this.#objects.typeOf(field) === types.bytecodeArray) ??
        next.find(field => this.#objects.typeOf(field) === types.interpreterData) ??
        0;
    }
    return undefined;
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
