/** Stretches of time that don't overlap, in order, and how much of another stretch they cover. */

export class Intervals {
  readonly begins: Uint32Array;
  readonly ends: Uint32Array;
  /** Ticks covered before each. */
  readonly #before: Float64Array;

  /** In order, and not overlapping. */
  constructor(begins: Uint32Array, ends: Uint32Array) {
    this.begins = begins;
    this.ends = ends;
    this.#before = new Float64Array(begins.length + 1);
    for (let index = 0; index < begins.length; index++) {
      this.#before[index + 1] = (this.#before[index] ?? 0) + (ends[index] ?? 0) - (begins[index] ?? 0);
    }
  }

  /** Of any order; overlapping ones are joined. */
  static of(pairs: readonly (readonly [begin: number, end: number])[]): Intervals {
    const joined: [number, number][] = [];
    for (const [begin, end] of pairs.toSorted((a, b) => a[0] - b[0])) {
      const last = joined.at(-1);
      if (last !== undefined && begin <= last[1]) last[1] = Math.max(last[1], end);
      else joined.push([begin, end]);
    }
    return new Intervals(
      Uint32Array.from(joined, ([begin]) => begin),
      Uint32Array.from(joined, ([, end]) => end),
    );
  }

  get count(): number {
    return this.begins.length;
  }

  get total(): number {
    return this.#before.at(-1) ?? 0;
  }

  /** Ticks of [from, to] that they cover. */
  overlap(from: number, to: number): number {
    return to <= from || this.count === 0 ? 0 : this.#until(to) - this.#until(from);
  }

  #until(ticks: number): number {
    const index = countUpTo(this.begins, this.begins.length, ticks);
    if (index === 0) return 0;
    const begin = this.begins[index - 1] ?? 0;
    const end = this.ends[index - 1] ?? 0;
    return (this.#before[index - 1] ?? 0) + Math.min(end, Math.max(begin, ticks)) - begin;
  }
}

/** How many of the first `count` of `sorted` are at most `value`. */
export function countUpTo(sorted: Uint32Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
