/** Scripts: their url, and the line and column of a position in their source. Source: objects/script.tq, Script::GetPositionInfo. */

import { addressAt, BadRead } from '../target-memory.js';
import { type Heap, isPointer, smiAt } from './heap.js';

export interface Script {
  pointer: number;
  /** File URL, path, `node:...`, or what the source was named; empty without a name. */
  url: string;
  lineOffset: number;
  columnOffset: number;
  /** Where each line ends, in characters, ascending; undefined until it is asked for, null where it can't be had. */
  lineEnds: Int32Array | null | undefined;
}

export interface Place {
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 code units. */
  column: number;
}

/** Longer sources are not searched for their lines. */
const maxSourceLength = 64 << 20;
const maxLines = 4_000_000;

export class Scripts {
  readonly #heap: Heap;
  readonly #known = new Map<number, Script>();

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  forget(): void {
    this.#known.clear();
  }

  /** The script at `pointer`. Throws `BadRead`. */
  at(pointer: number): Script {
    const known = this.#known.get(pointer);
    if (known !== undefined) return known;
    const { layout } = this.#heap;
    if (this.#heap.typeOf(pointer) !== layout.types.script) throw new BadRead('not a script');
    const bytes = this.#heap.object(pointer, layout.script.lineEnds + 8);
    const script: Script = {
      pointer,
      url: this.#url(addressAt(bytes, layout.script.name)),
      lineOffset: smiAt(bytes, layout.script.lineOffset) ?? 0,
      columnOffset: smiAt(bytes, layout.script.columnOffset) ?? 0,
      lineEnds: undefined,
    };
    this.#known.set(pointer, script);
    return script;
  }

  /** Line and column of `position`, in characters from the start; undefined where the source is not there any more. */
  place(script: Script, position: number): Place | undefined {
    const ends = this.#lineEnds(script);
    if (ends === null || position < 0) return undefined;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    const start = low === 0 ? 0 : (ends[low - 1] ?? 0) + 1;
    const column = position - start + 1 + (low === 0 ? script.columnOffset : 0);
    return { line: low + 1 + script.lineOffset, column };
  }

  #url(name: number): string {
    return this.#heap.isString(this.#heap.tryTypeOf(name)) ? this.#heap.string(name) : '';
  }

  #lineEnds(script: Script): Int32Array | null {
    script.lineEnds ??= this.#keptLineEnds(script.pointer) ?? this.#searchedLineEnds(script.pointer) ?? null;
    return script.lineEnds;
  }

  /** V8 keeps them once it needed them, for a stack trace for example. */
  #keptLineEnds(script: number): Int32Array | undefined {
    const { layout } = this.#heap;
    const array = this.#heap.field(script, layout.script.lineEnds);
    if (!isPointer(array) || this.#heap.tryTypeOf(array) !== layout.types.fixedArray) return undefined;
    const count = this.#heap.smi(array, 8);
    if (count <= 0 || count > maxLines) return undefined;
    const bytes = this.#heap.object(array, 16 + 8 * count);
    const ends = new Int32Array(count);
    for (let index = 0; index < count; index++) ends[index] = bytes.readInt32LE(16 + 8 * index + 4);
    return ends;
  }

  #searchedLineEnds(script: number): Int32Array | undefined {
    const source = this.#heap.field(script, this.#heap.layout.script.source);
    if (!this.#heap.isString(this.#heap.tryTypeOf(source))) return undefined;
    const text = this.#heap.string(source, maxSourceLength);
    const ends: number[] = [];
    for (const match of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) ends.push(match.index + match[0].length - 1);
    ends.push(text.length);
    return Int32Array.from(ends);
  }
}
