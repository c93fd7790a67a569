/**
 * The nodes of a tree that is being merged: by parent and group, an open-addressing hash table of node numbers over growing columns. Node 0
 * is the root; a node's number is greater than its parent's. Slot value 0 is free.
 */

export interface Tree {
  /** The parent's node, less than the node; −1 for the root. */
  parents: Int32Array;
  /** What the node stands for; nothing for the root. */
  groups: Uint32Array;
}

export class NodeTable {
  #count = 1;
  #parents = new Int32Array(1 << 12).fill(-1, 0, 1);
  #groups = new Uint32Array(1 << 12);
  #slots = new Uint32Array(1 << 13);

  get count(): number {
    return this.#count;
  }

  groupOf(node: number): number {
    return this.#groups[node] ?? 0;
  }

  /** The child of `parent` for `group`, added if it is new. */
  child(parent: number, group: number): number {
    let slot = this.#firstSlot(parent, group);
    for (let node = this.#slots[slot] ?? 0; node !== 0; node = this.#slots[slot] ?? 0) {
      if (this.#parents[node] === parent && this.#groups[node] === group) return node;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    const node = this.#count++;
    this.#parents[node] = parent;
    this.#groups[node] = group;
    this.#slots[slot] = node;
    if (this.#count === this.#parents.length) this.#grow();
    return node;
  }

  finish(): Tree {
    return { parents: this.#parents.slice(0, this.#count), groups: this.#groups.slice(0, this.#count) };
  }

  /** Multiplicative hashing; the constants are 2^32 / φ and a prime of xxHash. */
  #firstSlot(parent: number, group: number): number {
    const mixed = Math.imul(Math.imul(parent, 0x9e3779b1) ^ group, 0x85ebca77);
    return (mixed ^ (mixed >>> 15)) & (this.#slots.length - 1);
  }

  /** Twice the columns, and slots that stay at most half full. */
  #grow(): void {
    const parents = new Int32Array(this.#parents.length * 2);
    const groups = new Uint32Array(parents.length);
    parents.set(this.#parents);
    groups.set(this.#groups);
    this.#parents = parents;
    this.#groups = groups;
    this.#slots = new Uint32Array(parents.length * 2);
    for (let node = 1; node < this.#count; node++) {
      let slot = this.#firstSlot(parents[node] ?? 0, groups[node] ?? 0);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = node;
    }
  }
}
