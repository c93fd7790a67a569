/**
 * Protocol buffers' wire format, read from one array without copies. A message is a row of fields:
 *
 *   tag = number · 8 + wire type │ wire type 0: a varint │ 1: 8 bytes │ 2: a length as varint, and as many bytes │ 5: 4 bytes
 *
 * A varint has 7 bits a byte, least significant first; the high bit says that it goes on, for at most ten bytes. Negative numbers are
 * two's complement in 64 bits. Nothing is read twice and nothing is allocated by what a length claims, so damaged bytes cost no more
 * than whole ones. Source: protobuf.dev/programming-guides/encoding.
 */

import { damaged } from './damaged.js';

export const wireVarint = 0;
export const wireBytes = 2;

const two32 = 2 ** 32;

export class WireReader {
  readonly bytes: Uint8Array;
  pos: number;
  /** Where the message under way ends. */
  end: number;
  /** Wire type of the tag that was read last. */
  wire = 0;
  /** The two halves of the varint that was read last. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array, pos = 0, end = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  /** The next field's number; 0 at the end of the message. */
  field(): number {
    if (this.pos >= this.end) return 0;
    const tag = this.unsigned();
    this.wire = tag % 8;
    const field = Math.floor(tag / 8);
    if (field === 0) throw damaged('it holds a field without a number');
    return field;
  }

  /** A varint as an unsigned number; above 2^53 the nearest double. */
  unsigned(): number {
    const byte = this.bytes[this.pos] ?? 0;
    if (byte < 0x80) {
      if (++this.pos > this.end) throw tooShort();
      this.#low = byte;
      this.#high = 0;
      return byte;
    }
    this.#halves();
    return (this.#high >>> 0) * two32 + (this.#low >>> 0);
  }

  /** A varint as a signed 64-bit number, the nearest double. */
  signed(): number {
    const byte = this.bytes[this.pos] ?? 0;
    if (byte < 0x80) {
      if (++this.pos > this.end) throw tooShort();
      this.#low = byte;
      this.#high = 0;
      return byte;
    }
    this.#halves();
    return (this.#high | 0) * two32 + (this.#low >>> 0);
  }

  /** The varint that was read last, exactly. */
  lastExact(): bigint {
    return (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
  }

  /** A varint as 64 bits without a sign, exactly. */
  exact(): bigint {
    this.#halves();
    return this.lastExact();
  }

  /** The length of the bytes that follow; they all belong to the message under way. */
  length(): number {
    if (this.wire !== wireBytes) throw wrongType();
    const length = this.unsigned();
    if (length > this.end - this.pos) throw tooShort();
    return length;
  }

  /** For a field of one number. */
  expectNumber(): void {
    if (this.wire !== wireVarint) throw wrongType();
  }

  /** Passes over the value of a field that nobody needs. */
  skip(): void {
    if (this.wire === wireVarint) this.#halves();
    else if (this.wire === wireBytes) this.pos += this.length();
    else if (this.wire === 1) this.pos += 8;
    else if (this.wire === 5) this.pos += 4;
    else throw damaged(`it holds a field of the unknown wire type ${this.wire}`);
    if (this.pos > this.end) throw tooShort();
  }

  #halves(): void {
    const { bytes } = this;
    let { pos } = this;
    let low = 0;
    let high = 0;
    let shift = 0;
    for (; shift < 70; shift += 7) {
      const byte = bytes[pos++] ?? 0;
      const part = byte & 0x7f;
      if (shift < 28) low |= part << shift;
      else if (shift === 28) {
        low |= part << 28;
        high |= part >>> 4;
      } else high |= part << (shift - 32);
      if (byte < 0x80) break;
    }
    if (shift === 70) throw damaged('it holds a number that does not end');
    if (pos > this.end) throw tooShort();
    this.pos = pos;
    this.#low = low;
    this.#high = high;
  }
}

function tooShort(): Error {
  return damaged('it ends early, or a length in it is wrong');
}

function wrongType(): Error {
  return damaged('a field is of another type than the format says');
}
