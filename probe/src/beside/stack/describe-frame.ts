/** From what a walk found to what is told: names, classes, lines and columns. */

import type { StackFrame } from '@nops/core/protocol/results';
import type { SharedFunction } from '../v8/functions.js';
import { isPointer } from '../v8/heap.js';
import { Objects } from '../v8/objects.js';
import type { V8Process } from '../v8/process.js';
import type { Place, Script } from '../v8/scripts.js';
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
    const place = script === undefined ? undefined : this.#placeOf(script, position);
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

  /** Where the function of a frame begins; undefined where that is not known. */
  startOf({ shared }: RawFrame): Place | undefined {
    return shared?.script === undefined || shared.start < 0 ? undefined : this.#placeOf(shared.script, shared.start);
  }

  /** undefined also when the script was moved amid the reading. */
  #placeOf(script: Script, position: number): Place | undefined {
    try {
      return this.#v8.functions.scripts.place(script, position);
    } catch (error) {
      if (isMisread(error)) return undefined;
      throw error;
    }
  }

  /** Its file stands where JavaScript has its url. */
  #native(pc: number): StackFrame {
    this.#names ??= new NativeNames(this.#v8);
    const { name, file } = this.#names.at(pc);
    return { function: name, url: file, line: 0, column: 0, kind: 'native', inlined: false };
  }

  #named(shared: SharedFunction, frame: RawFrame): Pick<StackFrame, 'function' | 'class'> {
    const { callee } = frame;
    const receiver = this.#objectOf(frame.receiver);
    const owner = receiver === undefined ? '' : orEmpty(() => this.#className(receiver));
    const told = owner === '' || owner === 'Object' ? {} : { class: owner };
    if (shared.name !== '') return { function: shared.name, ...told };
    // `Pool.acquire` is what V8 infers for `Pool.acquire = () => …`.
    const inferred = shared.inferredName.slice(shared.inferredName.lastIndexOf('.') + 1);
    const found =
      inferred === '' && receiver !== undefined && callee !== undefined
        ? orEmpty(() => this.#objects.nameOfValue(receiver, callee))
        : inferred;
    return { function: found === '' ? (frame.builtin ?? '') : found, ...told };
  }

  /** `this` when it is an object that a method can be called on; not the global object, which is `this` of plain calls. */
  #objectOf(receiver: number | undefined): number | undefined {
    if (receiver === undefined || !isPointer(receiver)) return undefined;
    const type = this.#v8.heap.tryTypeOf(receiver);
    const isObject = type >= 0 && !this.#v8.heap.isString(type);
    return isObject && !/Global|Oddball|^JSProxy$/.test(this.#v8.heap.typeName(type)) ? receiver : undefined;
  }

  /** Of a static method's `this`, a class, that is its own name. Throws `BadRead`. */
  #className(receiver: number): string {
    const { heap, functions } = this.#v8;
    return heap.isFunction(heap.typeOf(receiver))
      ? functions.ofFunction(receiver).name
      : this.#objects.className(receiver);
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
