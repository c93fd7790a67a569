/** Functions: name, script and where they begin. Source: objects/shared-function-info.{h,tq}, objects/scope-info.{h,tq}. */

import { addressAt, BadRead } from '../target-memory.js';
import { type Heap, isPointer, smiAt } from './heap.js';
import { type Script, Scripts } from './scripts.js';

export interface SharedFunction {
  pointer: number;
  /** As the source or V8 named it; empty when it is anonymous. */
  name: string;
  /** What V8 infers from where it is assigned, such as `Pool.acquire`; empty when there is none. */
  inferredName: string;
  /** undefined: V8's own, a builtin. */
  script: Script | undefined;
  /** Where it begins and ends in the script, in characters; -1 when it is not known. */
  start: number;
  end: number;
  /** The number of the builtin that it is; undefined for functions of scripts. */
  builtin: number | undefined;
}

interface Cached extends SharedFunction {
  nameWord: number;
  scriptWord: number;
}

/** ScopeInfos with more locals keep their names elsewhere: kScopeInfoMaxInlinedLocalNamesSize, objects/scope-info.h. */
const maxInlinedNames = 75;
const maxLocals = 10_000;
/** Fields that can follow the locals: class variable, function name and slot, inferred name, positions. */
const tailFields = 10;
/** Up to the last field that is read: an object may be the last before memory that is not mapped. */
const sharedBytes = 48;
const pageBytes = 4096;

export class Functions {
  readonly #heap: Heap;
  readonly #known = new Map<number, Cached>();
  readonly scripts: Scripts;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.scripts = new Scripts(heap);
  }

  /** Forgets every address: the collector has moved objects, or may have. */
  forget(): void {
    this.#known.clear();
    this.scripts.forget();
  }

  /** The SharedFunctionInfo of a JSFunction. Throws `BadRead`. */
  ofFunction(pointer: number): SharedFunction {
    if (!this.#heap.isFunction(this.#heap.typeOf(pointer))) throw new BadRead('not a function');
    return this.at(this.#heap.field(pointer, this.#heap.layout.function.shared));
  }

  /** The SharedFunctionInfo at `pointer`. Throws `BadRead`. */
  at(pointer: number): SharedFunction {
    const { shared, types } = this.#heap.layout;
    const bytes = this.#heap.object(pointer, sharedBytes);
    const nameWord = addressAt(bytes, shared.nameOrScope);
    const scriptWord = addressAt(bytes, shared.script);
    const known = this.#known.get(pointer);
    // Lazily compiled functions get their ScopeInfo later; debugged ones another script word.
    if (known !== undefined && known.nameWord === nameWord && known.scriptWord === scriptWord) return known;
    if (this.#heap.typeOfMap(addressAt(bytes, 0)) !== types.shared) throw new BadRead('not a function’s shared part');
    const builtin = [shared.data, shared.untrustedData]
      .map(offset => (offset === null ? undefined : smiAt(bytes, offset)))
      .find(id => id !== undefined && id > 0);
    const found: Cached = {
      pointer,
      nameWord,
      scriptWord,
      ...this.#named(nameWord),
      script: this.#script(scriptWord),
      builtin,
    };
    this.#known.set(pointer, found);
    return found;
  }

  #named(word: number): Pick<SharedFunction, 'name' | 'inferredName' | 'start' | 'end'> {
    const none = { name: '', inferredName: '', start: -1, end: -1 };
    const type = this.#heap.tryTypeOf(word);
    if (this.#heap.isString(type)) return { ...none, name: this.#heap.string(word) };
    return type === this.#heap.layout.types.scopeInfo ? this.#scope(word) : none;
  }

  /** The function's own scope; its fields after the locals are found by their types, since which are there depends on its flags. */
  #scope(pointer: number): Pick<SharedFunction, 'name' | 'inferredName' | 'start' | 'end'> {
    const { scope, types } = this.#heap.layout;
    const head = this.#heap.object(pointer, scope.hasPositions ? 48 : 32).subarray(8);
    const locals = smiAt(head, 8 * scope.localCount);
    if (locals === undefined || locals < 0 || locals > maxLocals) throw new BadRead('not the locals of a scope');
    // Inlined names and infos, or one hash table and infos.
    const first = scope.firstVariable + (locals < maxInlinedNames ? 2 * locals : locals + 1);
    const tail = this.#readTail(pointer - 1 + 8 + 8 * first);
    const names: string[] = [];
    let start = scope.hasPositions ? (smiAt(head, 24) ?? -1) : -1;
    let end = scope.hasPositions ? (smiAt(head, 32) ?? -1) : -1;
    for (let index = 0; 8 * index < tail.length; index++) {
      const number = smiAt(tail, 8 * index);
      if (number === undefined) {
        const word = addressAt(tail, 8 * index);
        const type = this.#heap.tryTypeOf(word);
        if (this.#heap.isString(type)) names.push(this.#heap.string(word, 256));
        else if (type === types.scopeInfo || type === types.map || type < 0) break;
      } else if (!scope.hasPositions && index > 0) {
        const before = smiAt(tail, 8 * (index - 1));
        if (before === undefined || before > number || number <= 0) continue;
        start = before;
        end = number;
        break;
      }
    }
    return { name: names[0] ?? '', inferredName: names[1] ?? '', start, end };
  }

  /** As many of the fields as there may be; fewer where the object is the last before memory that is not mapped. */
  #readTail(address: number): Buffer {
    const untilPage = pageBytes - (address % pageBytes);
    try {
      return this.#heap.memory.read(address, 8 * tailFields);
    } catch (error) {
      if (!(error instanceof BadRead) || untilPage >= 8 * tailFields) throw error;
      return this.#heap.memory.read(address, untilPage);
    }
  }

  #script(word: number): Script | undefined {
    const { types } = this.#heap.layout;
    const type = this.#heap.tryTypeOf(word);
    if (type === types.script) return this.scripts.at(word);
    if (type !== types.debugInfo || !isPointer(word)) return undefined;
    // While it is debugged, a DebugInfo stands there and has the script (objects/debug-objects.tq).
    const bytes = this.#heap.object(word, 64);
    for (let offset = 8; offset < 64; offset += 8) {
      const field = addressAt(bytes, offset);
      if (this.#heap.tryTypeOf(field) === types.script) return this.scripts.at(field);
    }
    return undefined;
  }
}
