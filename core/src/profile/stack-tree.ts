/**
 * All stacks of a profile merged into one tree: stacks that begin alike, from the root, share nodes. It does not depend on the sample
 * type, so a node's number means the same call path for all of them, and for every reading of the same file.
 *
 *   node n     parents[n] → the caller's node, less than n; −1 for the root, node 0, which stands for the whole profile
 *              groups[n]  → group of functions (function-groups.ts); nothing for the root
 *   sample i   leaves[i]  → the node of its innermost frame; the root when its stack is empty
 */

import type { FunctionGroups } from './function-groups.js';
import { type Profile, sampleCount } from './model.js';

export interface StackTree {
  parents: Int32Array;
  groups: Uint32Array;
  leaves: Uint32Array;
}

export function mergeStacks(profile: Profile, functions: FunctionGroups): StackTree {
  const nodes = new NodeTable();
  const leaves = new Uint32Array(sampleCount(profile));
  for (let i = 0; i < leaves.length; i++) {
    let node = 0;
    for (let s = (profile.stackStarts[i + 1] ?? 0) - 1; s >= (profile.stackStarts[i] ?? 0); s--) {
      const location = profile.stacks[s] ?? 0;
      for (let k = (profile.lineStarts[location + 1] ?? 0) - 1; k >= (profile.lineStarts[location] ?? 0); k--) {
        node = nodes.child(node, functions.of[profile.lineFunctions[k] ?? 0] ?? 0);
      }
    }
    leaves[i] = node;
  }
  return { ...nodes.columns(), leaves };
}

/** What each node costs itself, in the unit of sample type `type`; negative values count as nothing. */
export function selfValues(profile: Profile, tree: StackTree, type: number): Float64Array {
  const selfs = new Float64Array(tree.parents.length);
  const types = profile.sampleTypes.length;
  for (let i = 0; i < tree.leaves.length; i++) {
    const leaf = tree.leaves[i] ?? 0;
    selfs[leaf] = (selfs[leaf] ?? 0) + Math.max(0, profile.values[i * types + type] ?? 0);
  }
  return selfs;
}

/** Nodes by parent and group: an open-addressing hash table of node numbers over growing columns; slot value 0 is free. */
class NodeTable {
  #count = 1;
  #parents = new Int32Array(1 << 12).fill(-1, 0, 1);
  #groups = new Uint32Array(1 << 12);
  #slots = new Uint32Array(1 << 13);

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

  columns(): { parents: Int32Array; groups: Uint32Array } {
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
