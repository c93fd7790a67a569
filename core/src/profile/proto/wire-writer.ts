/** Writes protocol buffers' wire format (see wire-reader.ts) into one array that grows. Zeros are not written, as proto3 has it. */

const two32 = 2 ** 32;

export class WireWriter {
  #bytes = new Uint8Array(1 << 16);
  #pos = 0;

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#pos);
  }

  /** A number of any sign, fractions rounded; what is no safe integer is better given as a bigint. */
  number(field: number, value: number | bigint): void {
    if (value === 0 || value === 0n) return;
    this.#tag(field, 0);
    this.#signed(value);
  }

  text(field: number, value: Uint8Array): void {
    this.#tag(field, 2);
    this.#unsigned(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#pos);
    this.#pos += value.length;
  }

  /** A message: what `write` writes, with its length before it. */
  message(field: number, write: () => void): void {
    this.#tag(field, 2);
    this.#reserve(1);
    const start = ++this.#pos;
    write();
    this.#putLength(start);
  }

  /** Numbers without their sign, each plus `add`, packed: nothing at all when there are none. */
  packedIds(field: number, ids: Uint32Array, add: number): void {
    if (ids.length === 0) return;
    this.#tag(field, 2);
    this.#reserve(1 + ids.length * 5);
    const start = ++this.#pos;
    const bytes = this.#bytes;
    let pos = start;
    for (const id of ids) {
      let value = id + add;
      while (value >= 0x80) {
        bytes[pos++] = (value & 0x7f) | 0x80;
        value >>>= 7;
      }
      bytes[pos++] = value;
    }
    this.#pos = pos;
    this.#putLength(start);
  }

  packed(field: number, values: Float64Array | BigInt64Array): void {
    this.#tag(field, 2);
    this.#reserve(1);
    const start = ++this.#pos;
    for (const value of values) this.#signed(value);
    this.#putLength(start);
  }

  /** The length of what was written from `start` on goes before it; one byte was left for that, more are made room for. */
  #putLength(start: number): void {
    const length = this.#pos - start;
    const more = length < 0x80 ? 0 : Math.floor(Math.log2(length) / 7);
    this.#reserve(more);
    if (more > 0) this.#bytes.copyWithin(start + more, start, this.#pos);
    const end = this.#pos + more;
    this.#pos = start - 1;
    this.#unsigned(length);
    this.#pos = end;
  }

  #tag(field: number, wire: number): void {
    this.#unsigned(field * 8 + wire);
  }

  #signed(value: number | bigint): void {
    if (typeof value === 'bigint') this.#exact(value);
    else {
      const whole = Math.round(value);
      if (Number.isSafeInteger(whole) && whole >= 0) this.#unsigned(whole);
      else this.#exact(toInt64(whole));
    }
  }

  #unsigned(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= two32) {
      this.#bytes[this.#pos++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      this.#bytes[this.#pos++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#pos++] = rest;
  }

  #exact(value: bigint): void {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.#bytes[this.#pos++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#pos++] = Number(rest);
  }

  #reserve(more: number): void {
    if (this.#pos + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#pos + more));
    larger.set(this.#bytes.subarray(0, this.#pos));
    this.#bytes = larger;
  }
}

/** The nearest 64-bit number; 0 for what is no number. */
function toInt64(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(value);
}
