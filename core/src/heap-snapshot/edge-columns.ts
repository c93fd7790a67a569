/** The edges of a snapshot, row by row → columns. */

import { damaged } from './damaged.js';
import { capacityFor, checkedUint32, grown } from './growing-columns.js';
import type { Layout } from './layout.js';
import type { HeapSnapshot } from './snapshot.js';

/** 1.2 GB of columns. A file of 2 GB has about 70 million. */
export const maxEdges = 2 ** 27;

export class EdgeColumns {
  readonly #layout: Layout['edge'];
  readonly #expected: number;
  readonly #nodeLength: number;
  readonly #row: Float64Array;
  #field = 0;
  #count = 0;
  #types: Uint8Array<ArrayBuffer>;
  #names: Uint32Array<ArrayBuffer>;
  #targets: Uint32Array<ArrayBuffer>;

  /** A target is told as the place of the node's first number among all of theirs: `node.length` times its own number. */
  constructor({ node, edge }: Layout, expected: number) {
    this.#layout = edge;
    this.#expected = expected;
    this.#nodeLength = node.length;
    this.#row = new Float64Array(edge.length);
    const capacity = capacityFor(expected);
    this.#types = new Uint8Array(capacity);
    this.#names = new Uint32Array(capacity);
    this.#targets = new Uint32Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  push(value: number): void {
    this.#row[this.#field++] = value;
    if (this.#field < this.#layout.length) return;
    this.#field = 0;
    this.#endRow();
  }

  finish(typeNames: readonly string[], nodeCount: number): HeapSnapshot['edges'] {
    if (this.#field > 0 || this.#count !== this.#expected)
      throw damaged(`it has ${this.#count} references and says that it has ${this.#expected}`);
    for (const type of this.#types) if (type >= typeNames.length) throw damaged(`a reference has the type ${type}`);
    for (const target of this.#targets) if (target >= nodeCount) throw damaged('a reference leads to no node');
    return { typeNames, types: this.#types, names: this.#names, targets: this.#targets };
  }

  #endRow(): void {
    const { type, name, target } = this.#layout;
    const [row, at] = [this.#row, this.#count];
    if (at === this.#expected) throw damaged(`it has more references than the ${at} that it says`);
    if (at === this.#types.length) this.#grow();
    const typeNumber = row[type] ?? 0;
    this.#types[at] = typeNumber;
    if (this.#types[at] !== typeNumber) throw damaged(`a reference has the type ${typeNumber}`);
    this.#names[at] = checkedUint32(row[name], 'the name of a reference');
    this.#targets[at] = checkedUint32((row[target] ?? 0) / this.#nodeLength, 'what a reference leads to');
    this.#count++;
  }

  #grow(): void {
    const capacity = Math.min(this.#expected, this.#types.length * 2);
    this.#types = grown(this.#types, capacity);
    this.#names = grown(this.#names, capacity);
    this.#targets = grown(this.#targets, capacity);
  }
}
