/** Typed arrays that grow, for columns whose length is not known before. */

export class GrowingUint32 {
  length = 0;
  array: Uint32Array;

  constructor(capacity = 1024) {
    this.array = new Uint32Array(Math.max(16, capacity));
  }

  /** Makes room for `more` further elements; `array` may be another one afterwards. */
  reserve(more: number): void {
    if (this.length + more <= this.array.length) return;
    const larger = new Uint32Array(Math.max(this.array.length * 2, this.length + more));
    larger.set(this.array.subarray(0, this.length));
    this.array = larger;
  }

  push(value: number): void {
    if (this.length === this.array.length) this.reserve(1);
    this.array[this.length++] = value;
  }

  /** The elements so far, in an array of their own. */
  finish(): Uint32Array {
    return this.length === this.array.length ? this.array : this.array.slice(0, this.length);
  }
}
