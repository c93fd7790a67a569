/** The nodes of a snapshot, row by row → columns. */

import { damaged } from './damaged.js';
import { capacityFor, checkedUint32, grown } from './growing-columns.js';
import type { Layout } from './layout.js';
import type { HeapSnapshot } from './snapshot.js';

/** 700 MB of columns. A file of 2 GB has about 16 million. */
export const maxNodes = 2 ** 25;

export class NodeColumns {
  readonly #layout: Layout['node'];
  readonly #expected: number;
  readonly #row: Float64Array;
  #field = 0;
  #count = 0;
  #edges = 0;
  #types: Uint8Array<ArrayBuffer>;
  #names: Uint32Array<ArrayBuffer>;
  #ids: Uint32Array<ArrayBuffer>;
  #selfSizes: Float64Array<ArrayBuffer>;
  #firstEdges: Uint32Array<ArrayBuffer>;

  /** `expected`: how many the file says it has. */
  constructor(layout: Layout['node'], expected: number) {
    this.#layout = layout;
    this.#expected = expected;
    this.#row = new Float64Array(layout.length);
    const capacity = capacityFor(expected);
    this.#types = new Uint8Array(capacity);
    this.#names = new Uint32Array(capacity);
    this.#ids = new Uint32Array(capacity);
    this.#selfSizes = new Float64Array(capacity);
    this.#firstEdges = new Uint32Array(capacity);
  }

  push(value: number): void {
    this.#row[this.#field++] = value;
    if (this.#field < this.#layout.length) return;
    this.#field = 0;
    this.#endRow();
  }

  finish(typeNames: readonly string[], edgeCount: number): HeapSnapshot['nodes'] {
    if (this.#field > 0 || this.#count !== this.#expected)
      throw damaged(`it has ${this.#count} nodes and says that it has ${this.#expected}`);
    if (this.#count === 0) throw damaged('it has no nodes');
    if (this.#edges !== edgeCount) throw damaged(`its nodes have ${this.#edges} references, and it has ${edgeCount}`);
    for (const type of this.#types) if (type >= typeNames.length) throw damaged(`a node has the type ${type}`);
    const firstEdges = grown(this.#firstEdges, this.#count + 1);
    firstEdges[this.#count] = this.#edges;
    return {
      typeNames,
      types: this.#types,
      names: this.#names,
      ids: this.#ids,
      selfSizes: this.#selfSizes,
      firstEdges,
    };
  }

  #endRow(): void {
    const { type, name, id, selfSize, edgeCount } = this.#layout;
    const [row, at] = [this.#row, this.#count];
    if (at === this.#expected) throw damaged(`it has more nodes than the ${at} that it says`);
    if (at === this.#types.length) this.#grow();
    const size = row[selfSize] ?? 0;
    if (!Number.isSafeInteger(size) || size < 0) throw damaged(`a node has a size of ${size} bytes`);
    const typeNumber = row[type] ?? 0;
    this.#types[at] = typeNumber;
    if (this.#types[at] !== typeNumber) throw damaged(`a node has the type ${typeNumber}`);
    this.#names[at] = checkedUint32(row[name], 'the name of a node');
    this.#ids[at] = checkedUint32(row[id], 'the id of a node');
    this.#selfSizes[at] = size;
    this.#firstEdges[at] = this.#edges;
    this.#edges = checkedUint32(this.#edges + (row[edgeCount] ?? 0), 'the number of a node’s references');
    this.#count++;
  }

  #grow(): void {
    const capacity = Math.min(this.#expected, this.#types.length * 2);
    this.#types = grown(this.#types, capacity);
    this.#names = grown(this.#names, capacity);
    this.#ids = grown(this.#ids, capacity);
    this.#selfSizes = grown(this.#selfSizes, capacity);
    this.#firstEdges = grown(this.#firstEdges, capacity);
  }
}
