/** From what a walk found to what is told: names, classes, lines and columns. */

import type { StackFrame } from '@nops/core/protocol/results';
import type { SharedFunction } from '../v8/functions.js';
import { isPointer } from '../v8/heap.js';
import { Objects } from '../v8/objects.js';
import type { V8Process } from '../v8/process.js';
import type { RawFrame } from './frames.js';
import { isMisread } from './misread.js';
import { NativeNames } from './native.js';

export class FrameDescriber {
  readonly #v8: V8Process;
  readonly #objects: Objects;
  #names: NativeNames | undefined;

  constructor(v8: V8Process) {
    this.#v8 = v8;
    this.#objects = new Objects(v8.heap, v8.functions);
  }

  forget(): void {
    this.#objects.forget();
  }

  /** Line and column are 0 where they are not known; of a function whose position is not, they are where it begins. */
  describe(frame: RawFrame): StackFrame {
    if (frame.pc !== undefined) return this.#native(frame.pc);
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

  /** Its file stands where JavaScript has its url. */
  #native(pc: number): StackFrame {
    this.#names ??= new NativeNames(this.#v8);
    const { name, file } = this.#names.at(pc);
    return { function: name, url: file, line: 0, column: 0, kind: 'native', inlined: false };
  }

  #named(shared: SharedFunction, frame: RawFrame): Pick<StackFrame, 'function' | 'class'> {
    const owner = frame.receiver === undefined ? '' : orEmpty(() => this.#className(frame.receiver ?? 0));
    if (shared.name !== '') return { function: shared.name, ...withClass(owner) };
    // `Pool.acquire` is what V8 infers for `Pool.acquire = () => …`.
    const inferred = shared.inferredName.slice(shared.inferredName.lastIndexOf('.') + 1);
    const { receiver, callee } = frame;
    const found =
      inferred === '' && owner !== '' && receiver !== undefined && callee !== undefined
        ? orEmpty(() => this.#objects.nameOfValue(receiver, callee))
        : inferred;
    return { function: found === '' ? (frame.builtin ?? '') : found, ...withClass(owner) };
  }

  /** The class of `this`; empty for plain objects and the global object. Throws `BadRead`. */
  #className(receiver: number): string {
    if (!isPointer(receiver)) return '';
    const { heap, functions } = this.#v8;
    const type = heap.typeOf(receiver);
    if (/Global|Oddball|^JSProxy$/.test(heap.typeName(type)) || heap.isString(type)) return '';
    // A static method's class is `this` itself.
    if (heap.isFunction(type)) return functions.ofFunction(receiver).name;
    const name = this.#objects.className(receiver);
    return name === 'Object' ? '' : name;
  }
}

/** What is nice to know and could not be read is left out. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (isMisread(error)) return '';
    throw error;
  }
}

function withClass(name: string): { class?: string } {
  return name === '' ? {} : { class: name };
}
