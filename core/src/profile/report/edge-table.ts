/** Edges while a graph is built: a hash table from two nodes to a number, and columns by that number. */

import type { Edge, GraphNode } from './graph-node.js';

export class EdgeTable {
  #count = 0;
  /** Slot value 0 is free, else an edge's number plus 1. At most half full. */
  #slots = new Uint32Array(1 << 12);
  #from = new Uint32Array(1 << 11);
  #to = new Uint32Array(1 << 11);
  /** The last sample in which it was seen. */
  #seen = new Uint32Array(1 << 11);
  #weight = new Float64Array(1 << 11);
  #divisor = new Float64Array(1 << 11);
  /** 1: residual; 2: not inlined. */
  #flags = new Uint8Array(1 << 11);

  add(
    from: number,
    to: number,
    sample: number,
    weight: number,
    divisor: number,
    residual: boolean,
    inline: boolean,
  ): void {
    const edge = this.#find(from, to);
    if (this.#seen[edge] === sample) return;
    this.#seen[edge] = sample;
    this.#weight[edge] = (this.#weight[edge] ?? 0) + weight;
    this.#divisor[edge] = (this.#divisor[edge] ?? 0) + divisor;
    this.#flags[edge] = (this.#flags[edge] ?? 0) | (residual ? 1 : 0) | (inline ? 0 : 2);
  }

  /** Gives the nodes, in the order in which they were numbered, their edges. */
  connect(nodes: GraphNode[]): void {
    for (let e = 0; e < this.#count; e++) {
      const from = nodes[this.#from[e] ?? 0];
      const to = nodes[this.#to[e] ?? 0];
      if (from === undefined || to === undefined) continue;
      const flags = this.#flags[e] ?? 0;
      const edge: Edge = {
        from,
        to,
        weight: this.#weight[e] ?? 0,
        weightDiv: this.#divisor[e] ?? 0,
        residual: (flags & 1) !== 0,
        inline: (flags & 2) === 0,
      };
      from.out.add(edge);
      to.in.add(edge);
    }
  }

  #find(from: number, to: number): number {
    let slot = this.#slotOf(from, to);
    for (let held = this.#slots[slot] ?? 0; held !== 0; held = this.#slots[slot] ?? 0) {
      if (this.#from[held - 1] === from && this.#to[held - 1] === to) return held - 1;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    if (this.#count === this.#from.length) {
      this.#grow();
      return this.#find(from, to);
    }
    const edge = this.#count++;
    this.#slots[slot] = edge + 1;
    this.#from[edge] = from;
    this.#to[edge] = to;
    return edge;
  }

  /** The constants are those of stack-tree.ts. */
  #slotOf(from: number, to: number): number {
    const mixed = Math.imul(Math.imul(from, 0x9e3779b1) ^ to, 0x85ebca77);
    return (mixed ^ (mixed >>> 15)) & (this.#slots.length - 1);
  }

  #grow(): void {
    const larger = <T extends Uint32Array | Float64Array | Uint8Array>(old: T, make: new (length: number) => T): T => {
      const column = new make(old.length * 2);
      column.set(old);
      return column;
    };
    this.#from = larger(this.#from, Uint32Array);
    this.#to = larger(this.#to, Uint32Array);
    this.#seen = larger(this.#seen, Uint32Array);
    this.#weight = larger(this.#weight, Float64Array);
    this.#divisor = larger(this.#divisor, Float64Array);
    this.#flags = larger(this.#flags, Uint8Array);
    this.#slots = new Uint32Array(this.#from.length * 2);
    for (let e = 0; e < this.#count; e++) {
      let slot = this.#slotOf(this.#from[e] ?? 0, this.#to[e] ?? 0);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = e + 1;
    }
  }
}
