/**
 * Records of the recorder's ring as bytes, each as differences to the one before:
 *
 *   flags   1 byte: kind | 32 when b follows | 64 when extra follows
 *   ticks   varint, since the record before
 *   a       zigzag varint, minus the a before
 *   b       zigzag varint; of an init a - b: the trigger is mostly a near relative
 *   extra   varint
 */

import { kinds } from './format.js';

const hasB = 32;
const hasExtra = 64;
/** flags, and four varints of at most 5 bytes. */
const maxRecordBytes = 21;

export interface EncodedRecords {
  bytes: Uint8Array;
  count: number;
  /** Ticks before the first one, since the trace began. */
  ticks: number;
}

/** Takes records of one drain. Ticks come as the ring has them, 32 bits; here they go on counting. */
export class RecordEncoder {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  #count = 0;
  #a = 0;
  #first = 0;
  #ticks = 0;

  get ticks(): number {
    return this.#ticks;
  }

  get count(): number {
    return this.#count;
  }

  add(word: number, a: number, b: number, ticks32: number): void {
    if (this.#length + maxRecordBytes > this.#bytes.length) this.#grow();
    const kind = word & 0xff;
    const extra = word >>> 8;
    // Who made promises did not look at the clock for each: the record before may be a little later.
    const delta = Math.max(0, (ticks32 - this.#ticks) | 0);
    this.#bytes[this.#length++] = kind | (b === 0 ? 0 : hasB) | (extra === 0 ? 0 : hasExtra);
    this.#varint(delta);
    this.#varint(zigzag(a - this.#a));
    if (b !== 0) this.#varint(zigzag(kind === kinds.init ? a - b : b));
    if (extra !== 0) this.#varint(extra);
    this.#a = a;
    this.#ticks += delta;
    this.#count++;
  }

  /** What came since the last time. */
  take(): EncodedRecords {
    const taken = { bytes: this.#bytes.slice(0, this.#length), count: this.#count, ticks: this.#first };
    this.#length = 0;
    this.#count = 0;
    this.#a = 0;
    this.#first = this.#ticks;
    return taken;
  }

  #varint(value: number): void {
    let rest = value >>> 0;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

export type RecordVisitor = (kind: number, extra: number, a: number, b: number, ticks: number) => void;

/** Calls `visit` for each record; false when the bytes end too soon or go on after the last one. */
export function decodeRecords({ bytes, count, ticks }: EncodedRecords, visit: RecordVisitor): boolean {
  let at = 0;
  let now = ticks;
  let lastA = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    return value >>> 0;
  };
  for (let i = 0; i < count; i++) {
    if (at >= bytes.length) return false;
    const flags = bytes[at++] ?? 0;
    const kind = flags & 31;
    now += varint();
    const a = (lastA + unzigzag(varint())) | 0;
    const coded = (flags & hasB) === 0 ? 0 : unzigzag(varint());
    const b = kind === kinds.init && (flags & hasB) !== 0 ? (a - coded) | 0 : coded;
    const extra = (flags & hasExtra) === 0 ? 0 : varint();
    lastA = a;
    visit(kind, extra, a, b, now);
  }
  return at === bytes.length;
}

function zigzag(value: number): number {
  const int = value | 0;
  return ((int << 1) ^ (int >> 31)) >>> 0;
}

function unzigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}
