/**
 * The store's tree as a reader wants it: without hidden frames, cut off, folded, merged by something else than lines, below frames of
 * labels. One pass from parents to children; a node's place in the new tree follows from its parent's. It does not depend on which samples
 * are selected, so it is kept while only the selection changes.
 */

import { frameCategories } from '../frame-category.js';
import {
  type Compiled,
  compileFilters,
  type Filter,
  type FrameBits,
  type FramePlan,
  isTagFilter,
  matchTexts,
  planFrames,
} from './filters.js';
import { type Grouping, type GroupKind, groupFrames } from './grouping.js';
import { NodeTable, type Tree } from './node-table.js';
import { rootFrames } from './root-labels.js';
import type { SampleStore } from './store.js';

export interface ShapeOptions {
  filters: readonly Filter[];
  by: GroupKind;
  /** Keys of labels whose values are frames above everything else, the first one outermost. */
  rootLabels: readonly string[];
}

export interface Shape {
  tree: Tree;
  grouping: Grouping;
  /** By sample, the node of `tree` that it counts for; −1: it is left out. */
  leaves: Int32Array | Uint32Array;
}

const dropped = -1;

export function reshape(store: SampleStore, options: ShapeOptions): Shape {
  const compiled = compileFilters(options.filters);
  const plan = planFrames(compiled, store.frames);
  const grouping = groupFrames(store.frames, options.by);
  if (options.rootLabels.length === 0 && isPlain(options.filters, grouping.groups))
    return { tree: store.tree, grouping, leaves: store.leaves };
  const walk = new Walk(store, plan, withFolded(grouping, plan.mine), options.by);
  const leaves =
    options.rootLabels.length === 0 ? walk.all() : walk.below(rootFrames(store, options.rootLabels), compiled);
  return { tree: walk.nodes.finish(), grouping: walk.grouping, leaves };
}

/** Whether the store's own tree is what is wanted: machine-made profiles have a frame for each function, and may be very large. */
function isPlain(filters: readonly Filter[], groups: Uint32Array): boolean {
  return filters.every(({ kind }) => isTagFilter(kind)) && groups.every((group, frame) => group === frame);
}

/** What calls nothing of yours has to count somewhere: one more group for each category. */
function withFolded(grouping: Grouping, mine: boolean): Grouping & { folded: number } {
  const folded = grouping.names.length;
  if (!mine) return { ...grouping, folded };
  const names = frameCategories.map(category => foldedNames[category]);
  return {
    groups: grouping.groups,
    names: [...grouping.names, ...names],
    places: [...grouping.places, ...names.map(() => '')],
    categories: Uint8Array.from([...grouping.categories, ...frameCategories.keys()]),
    packages: [...grouping.packages, ...names.map(() => '')],
    folded,
  };
}

const foldedNames = {
  app: '(your code)',
  dependency: '(dependencies, not called by your code)',
  node: '(Node.js, not called by your code)',
  native: '(native and V8, not called by your code)',
};

/** State of a walk, by node of the store's tree. */
class Walk {
  readonly nodes = new NodeTable();
  grouping: Grouping;
  readonly #store: SampleStore;
  readonly #plan: FramePlan;
  readonly #folded: number;
  /** Neighbours of the same group are one frame. */
  readonly #merges: boolean;
  /** The new node, the bits of focus found so far, whether ignored, and how many cuts have been passed. */
  readonly #out: Uint32Array;
  readonly #found: Uint32Array;
  readonly #ignored: Uint8Array;
  readonly #stage: Uint8Array;
  /** By frame, its category. */
  readonly #isMine: Uint8Array;

  constructor(store: SampleStore, plan: FramePlan, grouping: Grouping & { folded: number }, by: GroupKind) {
    this.#store = store;
    this.#plan = plan;
    this.grouping = grouping;
    this.#folded = grouping.folded;
    this.#merges = plan.collapse || (by !== 'function' && by !== 'line');
    const count = store.tree.parents.length;
    this.#out = new Uint32Array(count);
    this.#found = new Uint32Array(count);
    this.#ignored = new Uint8Array(count);
    this.#stage = new Uint8Array(count);
    const app = frameCategories.indexOf('app');
    this.#isMine = Uint8Array.from(grouping.groups, g => Number(grouping.categories[g] === app));
  }

  all(): Int32Array {
    const { leaves, tree } = this.#store;
    for (let node = 1; node < tree.parents.length; node++) this.#visit(node);
    const ends = Int32Array.from(tree.parents, (_, node) => this.#end(node));
    return Int32Array.from(leaves, leaf => ends[leaf] ?? dropped);
  }

  /** Each value of the labels has a tree of its own, of the nodes that its samples use. */
  below({ ofSample, values, keys }: ReturnType<typeof rootFrames>, compiled: Compiled): Int32Array {
    const { leaves, tree } = this.#store;
    const texts = values.map(names => names.map((name, k) => [name, keys[k] ?? '']));
    const groups = this.#addGroups(values, keys);
    const result = new Int32Array(leaves.length).fill(dropped);
    const byValue = samplesByValue(ofSample, values.length);
    const usedBy = new Uint32Array(tree.parents.length);
    for (const value of values.keys()) {
      const samples = byValue.order.subarray(byValue.starts[value], byValue.starts[value + 1]);
      this.#startAt(groups[value] ?? [], matchTexts(compiled, texts[value] ?? []));
      const used: number[] = [];
      for (const sample of samples)
        for (let node = leaves[sample] ?? 0; node > 0 && usedBy[node] !== value + 1; node = tree.parents[node] ?? 0) {
          usedBy[node] = value + 1;
          used.push(node);
        }
      for (const node of Uint32Array.from(used).sort()) this.#visit(node);
      for (const sample of samples) result[sample] = this.#end(leaves[sample] ?? 0);
    }
    return result;
  }

  /** The frames above the root's children. */
  #startAt(groups: readonly number[], bits: FrameBits): void {
    let out = 0;
    let found = 0;
    let ignored = 0;
    let stage = 0;
    for (const [k, group] of groups.entries()) {
      found |= bits.focus[k] ?? 0;
      ignored |= bits.ignore[k] ?? 0;
      if (bits.hidden[k] === 1) continue;
      while (stage < this.#plan.stages && ((bits.from[k] ?? 0) >>> stage) & 1) stage++;
      if (stage === this.#plan.stages) out = this.nodes.child(out, group);
    }
    this.#out[0] = out;
    this.#found[0] = found;
    this.#ignored[0] = ignored;
    this.#stage[0] = stage;
  }

  #visit(node: number): void {
    const { tree } = this.#store;
    const { bits, stages, mine } = this.#plan;
    const parent = tree.parents[node] ?? 0;
    const frame = tree.groups[node] ?? 0;
    this.#found[node] = (this.#found[parent] ?? 0) | (bits.focus[frame] ?? 0);
    this.#ignored[node] = (this.#ignored[parent] ?? 0) | (bits.ignore[frame] ?? 0);
    const above = this.#out[parent] ?? 0;
    let stage = this.#stage[parent] ?? 0;
    const isHidden = bits.hidden[frame] === 1;
    if (!isHidden) while (stage < stages && ((bits.from[frame] ?? 0) >>> stage) & 1) stage++;
    this.#stage[node] = stage;
    const isShown = !isHidden && stage === stages && (!mine || this.#isMine[frame] === 1);
    const group = this.grouping.groups[frame] ?? 0;
    if (!isShown || (this.#merges && above !== 0 && this.nodes.groupOf(above) === group)) this.#out[node] = above;
    else this.#out[node] = this.nodes.child(above, group);
  }

  /** Where a sample counts whose leaf is `node`. */
  #end(node: number): number {
    const { plan, out } = { plan: this.#plan, out: this.#out[node] ?? 0 };
    if (this.#found[node] !== plan.focus || this.#ignored[node] === 1 || this.#stage[node] !== plan.stages)
      return dropped;
    if (out !== 0 || node === 0) return out === 0 && plan.hides ? dropped : out;
    if (plan.mine && !this.#isEmptied(node)) {
      const group = this.grouping.groups[this.#store.tree.groups[node] ?? 0] ?? 0;
      return this.nodes.child(0, this.#folded + (this.grouping.categories[group] ?? 0));
    }
    return plan.hides ? dropped : out;
  }

  /** Whether every frame of the stack was hidden, not only folded. */
  #isEmptied(node: number): boolean {
    const { parents, groups } = this.#store.tree;
    for (let at = node; at > 0; at = parents[at] ?? 0) if (this.#plan.bits.hidden[groups[at] ?? 0] !== 1) return false;
    return true;
  }

  /** A group for each different name of each key; by value, those of its names. */
  #addGroups(values: readonly string[][], keys: readonly string[]): number[][] {
    const { names, places, categories, packages, groups } = this.grouping;
    const added = new Map<string, { name: string; key: string; group: number }>();
    const ofValues = values.map(own =>
      own.map((name, k) => {
        const key = keys[k] ?? '';
        const id = JSON.stringify([key, name]);
        const known = added.get(id) ?? { name: name || '(none)', key, group: names.length + added.size };
        added.set(id, known);
        return known.group;
      }),
    );
    const rows = [...added.values()];
    this.grouping = {
      groups,
      names: [...names, ...rows.map(({ name }) => name)],
      places: [...places, ...rows.map(({ key }) => key)],
      categories: Uint8Array.from([...categories, ...rows.map(() => frameCategories.indexOf('native'))]),
      packages: [...packages, ...rows.map(() => '')],
    };
    return ofValues;
  }
}

/** Samples in the order of their values: those of value v are order[starts[v]] to order[starts[v + 1]]. */
function samplesByValue(ofSample: Uint32Array, values: number): { order: Uint32Array; starts: Uint32Array } {
  const starts = new Uint32Array(values + 1);
  for (const value of ofSample) starts[value + 1] = (starts[value + 1] ?? 0) + 1;
  for (let v = 0; v < values; v++) starts[v + 1] = (starts[v + 1] ?? 0) + (starts[v] ?? 0);
  const free = starts.slice();
  const order = new Uint32Array(ofSample.length);
  for (const [sample, value] of ofSample.entries()) {
    const at = free[value] ?? 0;
    order[at] = sample;
    free[value] = at + 1;
  }
  return { order, starts };
}
