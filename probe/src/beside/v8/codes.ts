/** Compiled code: from an address to its Code object, and its tables. Source: objects/code.h, objects/instruction-stream.h. */

import { findMapping, type Mapping } from '../mappings.js';
import { addressAt, BadRead } from '../target-memory.js';
import { byteArray } from './bytecode.js';
import { type Heap, isPointer, smiAt } from './heap.js';

export interface Code {
  pointer: number;
  /** CodeKind, objects/code-kind.h: baseline, maglev and turbofan follow each other. */
  kind: number;
  /** Address of its first instruction, and their size in bytes. */
  start: number;
  size: number;
  deopt: number;
  /** Pointer to the source positions, or the bytecode offsets of baseline code. */
  table: number;
}

/** Which function a piece of optimized code is of, and which calls were inlined into it. */
export interface DeoptData {
  shared: number;
  /** The functions that were inlined. */
  inlined: number[];
  /** 16 bytes per inlined call: its position, and the index in `inlined` (-1: the function itself). */
  positions: Buffer | undefined;
}

const maxInlined = 10_000;
const maxCached = 4096;
const pageBytes = 4096;
/** How far before an address the header of its code is looked for. */
const maxPages = 512;
const maxSafepoints = 100_000;

export class Codes {
  readonly #heap: Heap;
  #mappings: readonly Mapping[];
  readonly #recent = new Map<number, Code>();

  constructor(heap: Heap, mappings: readonly Mapping[]) {
    this.#heap = heap;
    this.#mappings = mappings;
  }

  remap(mappings: readonly Mapping[]): void {
    this.#mappings = mappings;
  }

  forget(): void {
    this.#recent.clear();
  }

  /** The Code object at `pointer`. Throws `BadRead`. */
  at(pointer: number): Code {
    const { code, types } = this.#heap.layout;
    const bytes = this.#heap.object(pointer, Math.max(code.size, code.flags, code.start) + 8);
    if (this.#heap.typeOfMap(addressAt(bytes, 0)) !== types.code) throw new BadRead('not code');
    return {
      pointer,
      kind: bytes.readUInt32LE(code.flags) & code.kindMask,
      start: addressAt(bytes, code.start),
      size: bytes.readInt32LE(code.size),
      deopt: addressAt(bytes, code.deopt),
      table: addressAt(bytes, code.positions),
    };
  }

  /** The code that covers `pc`, from the headers of code before it; undefined when there is none. */
  covering(pc: number): Code | undefined {
    for (const known of this.#recent.values()) {
      if (!covers(known, pc)) continue;
      const now = this.#tryAt(known.pointer);
      if (now !== undefined && covers(now, pc)) return now;
    }
    const mapping = findMapping(this.#mappings, pc);
    if (mapping === undefined || mapping.path !== '' || mapping.mode[2] !== 'x') return undefined;
    const found = this.#search(pc, mapping.start);
    if (found !== undefined) {
      if (this.#recent.size >= maxCached) this.#recent.clear();
      this.#recent.set(found.start, found);
    }
    return found;
  }

  /** Source positions of optimized code, or the table of baseline code. */
  table(code: Code): Buffer {
    return byteArray(this.#heap, code.table);
  }

  deoptData(code: Code): DeoptData {
    const { deopt, types } = this.#heap.layout;
    const fields = this.#array(code.deopt, deopt.inliningPositions + 1);
    const inlinedCount = smiAt(fields, 8 * deopt.inlinedCount) ?? 0;
    let shared = addressAt(fields, 8 * deopt.shared);
    if (types.sharedWrapper !== undefined && this.#heap.tryTypeOf(shared) === types.sharedWrapper) {
      shared = this.#heap.field(shared, 8);
    }
    if (inlinedCount < 0 || inlinedCount > maxInlined) throw new BadRead('not a number of inlined functions');
    if (inlinedCount === 0) return { shared, inlined: [], positions: undefined };
    const literals = this.#array(addressAt(fields, 8 * deopt.literals), inlinedCount);
    const inlined = Array.from({ length: inlinedCount }, (_, index) => {
      const word = addressAt(literals, 8 * index);
      return word % 4 === 3 ? word - 2 : word; // a weak pointer: its lowest bits are 11
    });
    return { shared, inlined, positions: byteArray(this.#heap, addressAt(fields, 8 * deopt.inliningPositions)) };
  }

  /**
   * The return address that `pc` stands for when it is the trampoline which lazy deoptimization wrote in its place (Deoptimizer::
   * DeoptimizeMarkedCode); `pc` itself when it is none. The safepoint table, first in the metadata behind the instructions, tells
   * (codegen/safepoint-table.h). Offsets from the code's start.
   */
  returnOffset(code: Code, offset: number): number {
    const { safepoints, code: kinds } = this.#heap.layout;
    const isMaglev = code.kind === kinds.maglev;
    const header = isMaglev ? safepoints.maglevHeader : safepoints.header;
    const table = code.start + code.size;
    const head = this.#heap.memory.read(table, header);
    const lengthAt = header > 8 ? 4 : 0;
    const count = head.readUInt32LE(lengthAt);
    const shape = safepointShape(head.readUInt32LE(lengthAt + 4), isMaglev ? safepoints.maglevExtra : 0);
    if (!shape.hasDeopt || count > maxSafepoints) return offset;
    const entries = this.#heap.memory.read(table + header, count * shape.size);
    for (let index = 0; index < count; index++) {
      const at = index * shape.size;
      const trampoline = entries.readUIntLE(at + shape.pcBytes + shape.indexBytes, shape.pcBytes) - 1;
      if (trampoline === offset) return entries.readUIntLE(at, shape.pcBytes);
    }
    return offset;
  }

  #array(pointer: number, atMost: number): Buffer {
    const length = Math.min(this.#heap.smi(pointer, 8), atMost);
    if (length < 0) throw new BadRead('not the length of an array');
    const bytes = Buffer.alloc(8 * atMost);
    this.#heap.object(pointer, 16 + 8 * length).copy(bytes, 0, 16);
    return bytes;
  }

  #tryAt(pointer: number): Code | undefined {
    try {
      return this.at(pointer);
    } catch (error) {
      if (error instanceof BadRead) return undefined;
      throw error;
    }
  }

  /** Backwards page by page, since the page before may be gone. An InstructionStream begins with its map; Code is one of the next two words. */
  #search(pc: number, lowest: number): Code | undefined {
    const { instructionStream } = this.#heap.layout.types;
    let low = pc - (pc % pageBytes);
    for (let page = 0; page < maxPages && low >= lowest; page++) {
      const bytes = this.#heap.memory.read(low, Math.min(pageBytes, pc + 8 - low));
      for (let offset = bytes.length - (bytes.length % 8) - 8; offset >= 0; offset -= 8) {
        if (((bytes[offset] ?? 0) & 3) !== 1) continue;
        const map = addressAt(bytes, offset);
        if (!isPointer(map) || !this.#isMapOf(map, instructionStream)) continue;
        for (const field of [8, 16]) {
          const code = this.#tryAt(this.#heap.memory.pointer(low + offset + field));
          if (code !== undefined && covers(code, pc)) return code;
        }
      }
      low -= pageBytes;
    }
    return undefined;
  }

  #isMapOf(map: number, type: number): boolean {
    try {
      return this.#heap.typeOfMap(map) === type;
    } catch (error) {
      if (error instanceof BadRead) return false;
      throw error;
    }
  }
}

/** A call can be the last instruction: the address behind it is still of this code. */
function covers(code: Code, pc: number): boolean {
  return pc >= code.start && pc <= code.start + code.size;
}

/** SafepointTable's entry configuration: bit fields of 1, 3, 3, 3 and 22 bits. */
function safepointShape(configuration: number, extra: number) {
  const hasDeopt = (configuration & 1) !== 0;
  const registerBytes = (configuration >>> 1) & 7;
  const pcBytes = (configuration >>> 4) & 7;
  const indexBytes = (configuration >>> 7) & 7;
  const size = pcBytes + (hasDeopt ? indexBytes + pcBytes : 0) + registerBytes + extra;
  return { hasDeopt: hasDeopt && pcBytes > 0 && pcBytes <= 4, pcBytes, indexBytes, size };
}
