/** A column of doubles that grows. */

export class GrowingFloat64 {
  length = 0;
  array: Float64Array;

  constructor(capacity = 1024) {
    this.array = new Float64Array(Math.max(16, capacity));
  }

  push(value: number): void {
    if (this.length === this.array.length) {
      const larger = new Float64Array(this.array.length * 2);
      larger.set(this.array);
      this.array = larger;
    }
    this.array[this.length++] = value;
  }

  /** The elements so far, in an array of their own. */
  finish(): Float64Array {
    return this.array.slice(0, this.length);
  }
}
