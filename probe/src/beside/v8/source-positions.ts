/**
 * Source position tables: which position in the source a code offset comes from. Source: codegen/source-position-table.{h,cc} and
 * codegen/source-position.h. Entries are pairs of variable-length numbers, differences to the entry before; the first is for the
 * function's entry, at offset -1.
 */

import { BadRead } from '../target-memory.js';
import type { Layout } from './layout.js';

export interface SourcePosition {
  /** In characters from the start of the script; -1 when there is none. */
  position: number;
  /** Which inlined call it is in, counted from 1; 0: in the function itself. */
  inlining: number;
  /** Not in a script: V8's own code. */
  isExternal: boolean;
}

/** Reads numbers of seven bits per byte, lowest first, the highest bit saying "more follows". */
export class VlqReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  unsigned(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined || scale > 2 ** 49) throw new BadRead('a table that ends amid a number');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  /** Zigzag: the lowest bit is the sign. */
  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** All entries, ascending by code offset. Throws `BadRead`. */
function* entries(table: Buffer, encoding: Layout['positionEncoding']): Generator<{ offset: number; value: number }> {
  const reader = new VlqReader(table);
  let offset = -1;
  let value = 0;
  while (!reader.isAtEnd) {
    if (encoding === 'flags') {
      offset += Math.floor(reader.unsigned() / 4); // below: is_breakable, is_statement
    } else {
      const delta = reader.signed();
      offset += delta >= 0 ? delta : -(delta + 1);
    }
    value += reader.signed();
    yield { offset, value };
  }
}

/** The position of the last entry at or before `offset`; undefined when there is none. */
export function lookUp(
  table: Buffer,
  encoding: Layout['positionEncoding'],
  offset: number,
): SourcePosition | undefined {
  let found: number | undefined;
  for (const entry of entries(table, encoding)) {
    if (entry.offset > offset) break;
    found = entry.value;
  }
  return found === undefined ? undefined : decodePosition(found);
}

/** SourcePosition: bit 0 says external, 30 bits the position + 1, 16 bits the inlining. */
export function decodePosition(value: number): SourcePosition {
  return {
    isExternal: value % 2 !== 0,
    position: (Math.floor(value / 2) % 2 ** 30) - 1,
    inlining: Math.floor(value / 2 ** 31) % 2 ** 16,
  };
}
