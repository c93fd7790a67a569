/** Bytecode arrays: their length, bytes and source positions. Source: objects/bytecode-array.{h,tq}. */

import { addressAt, BadRead } from '../target-memory.js';
import { type Heap, isPointer, smiAt } from './heap.js';
import { lookUp, VlqReader } from './source-positions.js';

export interface Bytecode {
  pointer: number;
  length: number;
  /** The source position table; null when V8 has not collected one (lazily, or none at all). */
  positions: Buffer | null;
  bytes?: Buffer;
  /** Positions that were looked up, by offset. */
  lookedUp: Map<number, number>;
}

const maxBytecodes = 16 << 20;
const maxTableBytes = 16 << 20;

/** The bytes of a ByteArray or TrustedByteArray. Throws `BadRead`. */
export function byteArray(heap: Heap, pointer: number): Buffer {
  const length = heap.smi(pointer, 8);
  if (length < 0 || length > maxTableBytes) throw new BadRead('not the length of an array');
  return heap.object(pointer, 16 + length).subarray(16);
}

export class Bytecodes {
  readonly #heap: Heap;
  readonly #known = new Map<number, Bytecode>();

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  forget(): void {
    this.#known.clear();
  }

  /** Throws `BadRead`. */
  at(pointer: number): Bytecode {
    const known = this.#known.get(pointer);
    if (known !== undefined && known.positions !== null) return known;
    const { types, bytecode } = this.#heap.layout;
    if (this.#heap.typeOf(pointer) !== types.bytecodeArray) throw new BadRead('not bytecode');
    const head = this.#heap.object(pointer, bytecode.data);
    const length = smiAt(head, bytecode.length);
    if (length === undefined || length <= 0 || length > maxBytecodes) throw new BadRead('not the length of bytecode');
    const table = addressAt(head, bytecode.positions);
    const type = isPointer(table) ? this.#heap.typeOf(table) : -1;
    const isTable = type === types.byteArray || type === types.trustedByteArray;
    const found: Bytecode = {
      pointer,
      length,
      positions: isTable ? byteArray(this.#heap, table) : null,
      lookedUp: new Map(),
    };
    this.#known.set(pointer, found);
    return found;
  }

  /** What a frame or generator keeps as its offset counts from the object's tagged pointer: the offset in the bytecode itself. */
  offsetOf(kept: number): number {
    return kept - (this.#heap.layout.bytecode.data - 1);
  }

  /** The position in the source of the bytecode at `offset`; -1 when it is not known. Throws `BadRead` for an offset outside. */
  position(bytecode: Bytecode, offset: number): number {
    if (offset < 0 || offset >= bytecode.length) throw new BadRead('an offset outside of the bytecode');
    if (bytecode.positions === null) return -1;
    const known = bytecode.lookedUp.get(offset);
    if (known !== undefined) return known;
    const position = lookUp(bytecode.positions, this.#heap.layout.positionEncoding, offset)?.position ?? -1;
    bytecode.lookedUp.set(offset, position);
    return position;
  }

  bytes(bytecode: Bytecode): Buffer {
    bytecode.bytes ??= this.#heap.memory.read(bytecode.pointer - 1 + this.#heap.layout.bytecode.data, bytecode.length);
    return bytecode.bytes;
  }
}

/** kWide and kExtraWide and their debug-break forms come before a bytecode and scale its operands (interpreter/bytecodes.h). */
const lastPrefix = 3;

/**
 * The bytecode offset that baseline code runs at `codeOffset`. Its table has the length of the prologue, then of the code of every
 * bytecode in order (baseline/bytecode-offset-iterator.h). `sizes` is `kBytecodeSizes`: scale 1, 2 and 4 after each other.
 */
export function baselineOffset(table: Buffer, bytes: Buffer, sizes: readonly number[], codeOffset: number): number {
  const count = sizes.length / 3;
  const reader = new VlqReader(table);
  let end = reader.unsigned();
  let offset = 0;
  if (end > codeOffset) return 0;
  while (!reader.isAtEnd) {
    end += reader.unsigned();
    if (end > codeOffset) return offset;
    const first = bytes[offset] ?? 0;
    const isPrefixed = first <= lastPrefix;
    const opcode = isPrefixed ? (bytes[offset + 1] ?? 0) : first;
    const scale = isPrefixed ? (first % 2 === 0 ? 1 : 2) : 0;
    const size = (sizes[scale * count + opcode] ?? 0) + (isPrefixed ? 1 : 0);
    if (size <= 0 || offset + size >= bytes.length) return offset;
    offset += size;
  }
  return offset;
}
