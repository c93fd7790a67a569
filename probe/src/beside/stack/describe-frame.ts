/** From what a walk found to what is told: names, classes, lines and columns. */

import type { StackFrame } from '@nops/core/protocol/results';
import { BadRead } from '../target-memory.js';
import type { SharedFunction } from '../v8/functions.js';
import { isPointer } from '../v8/heap.js';
import { Objects } from '../v8/objects.js';
import type { V8Process } from '../v8/process.js';
import type { RawFrame } from './frames.js';

export class FrameDescriber {
  readonly #v8: V8Process;
  readonly #objects: Objects;

  constructor(v8: V8Process) {
    this.#v8 = v8;
    this.#objects = new Objects(v8.heap, v8.functions);
  }

  forget(): void {
    this.#objects.forget();
  }

  /** Line and column are 0 where they are not known; of a function whose position is not, they are where it begins. */
  describe(frame: RawFrame): StackFrame {
    const { shared, kind, inlined, tier } = frame;
    const named = shared === undefined ? { function: frame.builtin ?? '' } : this.#named(shared, frame);
    const script = shared?.script;
    const position = frame.position >= 0 ? frame.position : (shared?.start ?? -1);
    const place = script === undefined ? undefined : this.#v8.functions.scripts.place(script, position);
    return {
      ...named,
      url: script?.url ?? '',
      line: place?.line ?? 0,
      column: place?.column ?? 0,
      kind,
      inlined,
      ...(tier === undefined ? {} : { tier }),
    };
  }

  #named(shared: SharedFunction, frame: RawFrame): Pick<StackFrame, 'function' | 'class'> {
    const owner = frame.receiver === undefined ? '' : this.#className(frame.receiver);
    if (shared.name !== '') return { function: shared.name, ...withClass(owner) };
    // `Pool.acquire` is what V8 infers for `Pool.acquire = () => …`.
    const dot = shared.inferredName.lastIndexOf('.');
    const bare = shared.inferredName.slice(dot + 1);
    return { function: bare === '' ? (frame.builtin ?? '') : bare, ...withClass(owner) };
  }

  /** The class of `this`; empty for plain objects, the global object and what can't be read. */
  #className(receiver: number): string {
    if (!isPointer(receiver)) return '';
    try {
      const { heap, functions } = this.#v8;
      const type = heap.typeOf(receiver);
      const typeName = heap.typeName(type);
      if (/Global|Oddball|^JSProxy$/.test(typeName) || heap.isString(type)) return '';
      // A static method's class is `this` itself.
      if (heap.isFunction(type)) return functions.ofFunction(receiver).name;
      const name = this.#objects.className(receiver);
      return name === 'Object' ? '' : name;
    } catch (error) {
      if (error instanceof BadRead || error instanceof RangeError) return '';
      throw error;
    }
  }
}

function withClass(name: string): { class?: string } {
  return name === '' ? {} : { class: name };
}
