/** From the ids that a file gives its locations, functions and mappings, any 64-bit numbers, to our numbers, which count from 0. */

import { damaged } from './damaged.js';

/** Ids up to this many times their count are looked up in an array: writers count from 1, and filters leave gaps. */
const densest = 8;

export class IdTable {
  readonly #what: string;
  /** By id: our number plus 1; empty when the ids are sparse. */
  readonly dense: Uint32Array;
  readonly #sparse: Map<bigint, number> | undefined;

  /** `ids` in our order. Throws when one is 0 or twice there. */
  constructor(what: string, ids: BigUint64Array) {
    this.#what = what;
    let largest = 0n;
    for (const id of ids) if (id > largest) largest = id;
    if (largest <= BigInt(ids.length * densest + 1024)) {
      this.dense = new Uint32Array(Number(largest) + 1);
      ids.forEach((id, i) => {
        this.#check(id, this.dense[Number(id)] !== 0);
        this.dense[Number(id)] = i + 1;
      });
      return;
    }
    this.dense = new Uint32Array(0);
    this.#sparse = new Map();
    for (const [i, id] of ids.entries()) {
      this.#check(id, this.#sparse.has(id));
      this.#sparse.set(id, i + 1);
    }
  }

  /** Our number plus 1; 0 for an id that is not there. */
  find(id: bigint): number {
    if (this.#sparse !== undefined) return this.#sparse.get(id) ?? 0;
    return id < BigInt(this.dense.length) ? (this.dense[Number(id)] ?? 0) : 0;
  }

  #check(id: bigint, taken: boolean): void {
    if (id === 0n) throw damaged(`a ${this.#what} has the id 0, which means none`);
    if (taken) throw damaged(`two ${this.#what}s have the id ${id}`);
  }
}
