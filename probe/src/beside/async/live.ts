/**
 * Which suspended functions nothing can wake any more: what would settle the promise that they await is not reachable. Backwards from
 * each such promise over all that refers to it, until something is met that lives for certain or may: then it stays. A promise whose
 * referrers, theirs and so on are all found, with none that lives among them, is garbage that was not collected yet.
 */

import { readMappings } from '../mappings.js';
import type { Range } from '../scan/scanner.js';
import type { AsyncDump } from './dump.js';
import type { Waiter } from './graph.js';
import { heapLookup, isLeftBehind } from './pages.js';
import { containerOf } from './why/container.js';

const maxSteps = 40;
const maxObjects = 300_000;
/** What more words than this refer to is taken for alive. */
const maxReferrers = 64;
const maxHits = 1_000_000;
const maxRounds = 5;
const searchMs = 20_000;
/** Stacks, malloc's memory and Buffers: words there that look like a pointer keep alive what they point to. */
const maxOutsideBytes = 8 * 2 ** 30;

/** Through these nothing is kept alive, or only by somebody else. */
const weak =
  /^(?:FeedbackVector|FeedbackCell|WeakFixedArray|WeakArrayList|WeakCell|JSWeakRef|DescriptorArray|TransitionArray|Code|Map|InstructionStream)$/;

export function findDeadWaiters(dump: AsyncDump, signal: AbortSignal): { dead: Set<Waiter>; limits: string[] } {
  const leaves = new Set(dump.graph.waiters.flatMap(waiter => waiter.leaves.map(({ promise }) => promise)));
  const outside = outsideOf(dump);
  if (outside === undefined)
    return { dead: new Set(), limits: ['Too much memory outside of the heap to tell what lives.'] };
  const deadline = performance.now() + searchMs;
  const search = new Search(dump, leaves, outside);
  for (let step = 0; step < maxSteps && search.goesOn; step++) {
    signal.throwIfAborted();
    if (performance.now() > deadline) break;
    search.step();
  }
  const dead = search.finish();
  return { dead: deadFrom(dump.graph.waiters, dead), limits: [] };
}

/** Those that wait for nothing but the dead. */
function deadFrom(waiters: readonly Waiter[], promises: ReadonlySet<number>): Set<Waiter> {
  const dead = new Set<Waiter>();
  const open = waiters.filter(({ leaves }) => leaves.length > 0);
  for (let waiter = open.pop(); waiter !== undefined; waiter = open.pop()) {
    const { leaves, children, parents } = waiter;
    if (dead.has(waiter) || waiter.isRunnable) continue;
    if (!leaves.every(({ promise }) => promises.has(promise)) || !children.every(child => dead.has(child.waiter)))
      continue;
    dead.add(waiter);
    open.push(...parents.map(parent => parent.waiter));
  }
  return dead;
}

/** Writable memory that is not V8's heap; undefined when it is too much. */
function outsideOf({ objects, pages }: AsyncDump): Range[] | undefined {
  const heap = new Set(pages.map(({ start }) => start));
  const ends = pages.map(({ start, end }) => ({ start, end }));
  const outside = readMappings(objects.memory.memory.pid).filter(
    ({ start, end, mode, path }) =>
      mode.startsWith('rw') && !path.startsWith('[v') && !heap.has(start) && !overlaps(ends, start, end),
  );
  const bytes = outside.reduce((sum, { start, end }) => sum + end - start, 0);
  return bytes > maxOutsideBytes ? undefined : outside;
}

/** `sorted` ascends, as pages do. */
function overlaps(sorted: readonly Range[], start: number, end: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.end ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  const found = sorted[low];
  return found !== undefined && found.start < end;
}

class Search {
  readonly #dump: AsyncDump;
  readonly #outside: Range[];
  readonly #leaves: ReadonlySet<number>;
  readonly #writable: Range[];
  readonly #heapOf: (address: number) => number;
  readonly #seen: Set<number>;
  /** For each object those that it refers to, on the way to a leaf. */
  readonly #kids = new Map<number, number[]>();
  readonly #parents = new Map<number, number[]>();
  /** What lives, with all that it refers to on the way. */
  readonly #alive = new Set<number>();
  #frontier: Set<number>;

  constructor(dump: AsyncDump, leaves: ReadonlySet<number>, outside: Range[]) {
    this.#dump = dump;
    this.#outside = outside;
    this.#leaves = leaves;
    this.#writable = dump.pages.filter(page => page.heap !== 0);
    this.#heapOf = heapLookup(dump.pages);
    this.#seen = new Set(leaves);
    this.#frontier = new Set(leaves);
  }

  get goesOn(): boolean {
    return this.#frontier.size > 0;
  }

  step(): void {
    const { objects } = this.#dump;
    const next = new Set<number>();
    for (const { address, target } of this.#referrers()) {
      if (this.#alive.has(target)) continue;
      const container = containerOf(objects, address);
      if (container === undefined) this.#mark(target);
      if (container === undefined || container.pointer === target) continue;
      const { pointer, type } = container;
      const name = objects.heap.typeName(type);
      if (weak.test(name)) continue;
      append(this.#kids, pointer, target);
      append(this.#parents, target, pointer);
      if (this.#isRoot(pointer, type, name)) this.#mark(pointer);
      else if (this.#alive.has(pointer)) this.#mark(target);
      else if (!this.#seen.has(pointer)) next.add(pointer);
      this.#seen.add(pointer);
    }
    if (this.#seen.size > maxObjects) {
      for (const pointer of next) this.#mark(pointer);
      next.clear();
    }
    this.#frontier = this.#useful(next);
  }

  /**
   * The leaves that nothing alive was found for. What was not followed to its end may live; and the collector may have moved things
   * meanwhile, so that all that is taken for dead is looked at once more: nothing else may refer to it, and it must still be there.
   */
  finish(): Set<number> {
    for (const pointer of this.#frontier) this.#mark(pointer);
    for (let round = 0; round < maxRounds; round++) {
      const before = this.#alive.size;
      const dead = this.#deadObjects();
      this.#frontier = dead;
      const { objects } = this.#dump;
      for (const { address, target } of this.#referrers()) {
        const container = containerOf(objects, address);
        const isWeak = container !== undefined && weak.test(objects.heap.typeName(container.type));
        if (container === undefined || !(isWeak || dead.has(container.pointer))) this.#mark(target);
      }
      for (const pointer of dead) if (objects.typeOf(pointer) < 0) this.#mark(pointer);
      if (this.#alive.size === before) return new Set([...this.#leaves].filter(leaf => !this.#alive.has(leaf)));
    }
    return new Set();
  }

  /** The leaves that were not found to live, and all that refers to them and so on. */
  #deadObjects(): Set<number> {
    const open = [...this.#leaves].filter(leaf => !this.#alive.has(leaf));
    const dead = new Set(open);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const parent of this.#parents.get(at) ?? []) {
        if (dead.has(parent)) continue;
        dead.add(parent);
        open.push(parent);
      }
    }
    return dead;
  }

  #referrers(): { address: number; target: number }[] {
    const { objects, scanner } = this.#dump;
    const { memory } = objects.memory;
    const counts = new Map<number, number>();
    const hits: { address: number; target: number }[] = [];
    const heaps = new Map([...this.#frontier].map(pointer => [pointer, this.#heapOf(pointer)]));
    objects.memory.forget();
    scanner.words(memory, this.#writable, this.#frontier, (offset, chunk) => {
      if (isLeftBehind(chunk, offset, objects.layout)) return;
      const target = chunk.word(offset);
      // Isolates do not share objects: the same word in another heap is not a reference.
      if (this.#heapOf(chunk.address + offset) !== heaps.get(target)) return;
      const count = (counts.get(target) ?? 0) + 1;
      counts.set(target, count);
      if (count > maxReferrers || hits.length >= maxHits) this.#mark(target);
      else hits.push({ address: chunk.address + offset, target });
    });
    scanner.words(memory, this.#outside, this.#frontier, (offset, chunk) => this.#mark(chunk.word(offset)));
    return hits;
  }

  #isRoot(pointer: number, type: number, name: string): boolean {
    const { objects, shapes } = this.#dump;
    if (type === objects.layout.nativeContext || /Global(?:Object|Proxy)/.test(name)) return true;
    if (shapes.className(pointer) !== 'Timeout') return false;
    // One that has ended is kept by nobody else; a running one is in Node's list of timers.
    const ms = shapes.property(pointer, '_idleTimeout');
    return !(ms / 0x1_0000_0000 >= 0x8000_0000);
  }

  #mark(pointer: number): void {
    const open = [pointer];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (this.#alive.has(at)) continue;
      this.#alive.add(at);
      open.push(...(this.#kids.get(at) ?? []));
    }
  }

  /** Of `next` those on the way from a leaf of which it is still open whether it lives. */
  #useful(next: ReadonlySet<number>): Set<number> {
    const open = [...this.#leaves].filter(leaf => !this.#alive.has(leaf));
    const above = new Set(open);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const parent of this.#parents.get(at) ?? []) {
        if (above.has(parent) || this.#alive.has(parent)) continue;
        above.add(parent);
        open.push(parent);
      }
    }
    return new Set([...next].filter(pointer => above.has(pointer)));
  }
}

function append(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
