/**
 * Why promises stay pending: who holds what would settle them. Backwards from each promise over all that refers to it, one pass over
 * the heap for each step, until something is met that tells: a timer, a request, a socket, another function. Informative, not proof.
 */

import type { AsyncCause } from '@nops/core/protocol/async-results';
import type { AsyncDump } from '../dump.js';
import type { Waiter } from '../graph.js';
import { fields } from '../layout.js';
import { heapLookup, isLeftBehind } from '../pages.js';
import { Causes } from './causes.js';
import { type Container, containerOf } from './container.js';
import { globalName, variableName } from './names.js';

export interface SearchOptions {
  values: boolean;
  deadlineMs: number;
  signal: AbortSignal;
}

/** From timers to functions there are five or six steps, from events a dozen; further out everything refers to everything. */
const maxSteps = 14;
/** What more objects refer to than this is no path that tells anything. */
const maxReferrers = 100;
const maxFrontier = 50_000;
const maxHits = 500_000;
/** Of functions of Node's own that wait for each other. */
const maxDepth = 20;

/** What V8 keeps for itself: caches and descriptions, through which nothing is woken. */
const internal =
  /^(?:FeedbackVector|FeedbackCell|WeakFixedArray|WeakArrayList|WeakCell|DescriptorArray|TransitionArray|Code|BytecodeArray|Map|AllocationSite|ScopeInfo|SharedFunctionInfo|InstructionStream|PrototypeInfo|EphemeronHashTable)$/;

interface Origin {
  promise: number;
  /** The stack that waits: whatever it holds itself says nothing. */
  own: ReadonlySet<Waiter>;
  found: AsyncCause | undefined;
  /** The best that can be said when nothing better is found. */
  fallback: AsyncCause | undefined;
  /** Waits for what this promise waits for, which is searched anyway. */
  like: number;
}

/** Causes by promise; a promise of which nothing is known is missing. */
export function searchCauses(
  dump: AsyncDump,
  wanted: ReadonlyMap<number, ReadonlySet<Waiter>>,
  options: SearchOptions,
): Map<number, AsyncCause> {
  const origins = [...wanted].map(
    ([promise, own]): Origin => ({ promise, own, found: undefined, fallback: undefined, like: 0 }),
  );
  const search = new Search(dump, options);
  const deadline = performance.now() + options.deadlineMs;
  let frontier = new Map(origins.map(origin => [origin.promise, [origin]]));
  for (let step = 0; step < maxSteps && frontier.size > 0 && performance.now() < deadline; step++) {
    options.signal.throwIfAborted();
    frontier = search.step(frontier);
  }
  return new Map(
    origins.flatMap(({ promise, found, fallback, like }) => {
      const cause = found ?? origins.find(other => other.promise === like)?.found ?? fallback;
      return cause === undefined ? [] : [[promise, cause] as const];
    }),
  );
}

class Search {
  readonly #dump: AsyncDump;
  readonly #causes: Causes;
  readonly #byPointer: Map<number, Waiter>;
  readonly #byRegisters: Map<number, Waiter>;
  readonly #seen = new Set<number>();
  /** Promises of Node's own functions that were met: what they wait on is what the origin waits on. */
  #passedOn: { promise: number; origin: Origin }[] = [];

  constructor(dump: AsyncDump, { values }: SearchOptions) {
    this.#dump = dump;
    this.#causes = new Causes(dump.objects, dump.shapes, values);
    const { waiters } = dump.graph;
    this.#byPointer = new Map(waiters.map(waiter => [waiter.suspended.pointer, waiter]));
    this.#byRegisters = new Map(waiters.map(waiter => [waiter.suspended.registers, waiter]));
  }

  /** All that refers to the objects of `frontier`, for origins of which nothing is known yet. */
  step(frontier: ReadonlyMap<number, Origin[]>): Map<number, Origin[]> {
    const next = new Map<number, Origin[]>();
    for (const pointer of frontier.keys()) this.#seen.add(pointer);
    for (const { address, target } of this.#referrers(frontier)) {
      const open = (frontier.get(target) ?? []).filter(({ found }) => found === undefined);
      if (open.length === 0) continue;
      const container = containerOf(this.#dump.objects, address);
      if (container === undefined || container.pointer === target || this.#seen.has(container.pointer)) continue;
      const passed = open.filter(origin => this.#visit(origin, container, address - (container.pointer - 1)));
      if (passed.length === 0 || next.size >= maxFrontier) continue;
      const others = next.get(container.pointer);
      if (others === undefined) next.set(container.pointer, passed);
      else others.push(...passed.filter(origin => !others.includes(origin)));
    }
    for (const { promise, origin } of this.#passedOn.splice(0))
      next.set(promise, [...(next.get(promise) ?? []), origin]);
    for (const [pointer, open] of next) {
      const left = open.filter(({ found }) => found === undefined);
      if (left.length === 0) next.delete(pointer);
      else next.set(pointer, left);
    }
    return next;
  }

  /** Looks in the heap of each object only: the same word in another isolate's heap, such as that of an agent that has read it, is not a reference. */
  #referrers(frontier: ReadonlyMap<number, Origin[]>): { address: number; target: number }[] {
    const { objects, scanner, pages } = this.#dump;
    const counts = new Map<number, number>();
    const hits: { address: number; target: number }[] = [];
    objects.memory.forget();
    const writable = pages.filter(page => page.heap !== 0);
    const heapOf = heapLookup(pages);
    const heaps = new Map([...frontier.keys()].map(pointer => [pointer, heapOf(pointer)]));
    scanner.words(objects.memory.memory, writable, frontier, (offset, chunk) => {
      if (isLeftBehind(chunk, offset, objects.layout)) return;
      const target = chunk.word(offset);
      if (heapOf(chunk.address + offset) !== heaps.get(target)) return;
      const count = (counts.get(target) ?? 0) + 1;
      counts.set(target, count);
      if (count <= maxReferrers && hits.length < maxHits) hits.push({ address: chunk.address + offset, target });
    });
    return hits;
  }

  /** Whether to go on beyond `container`, whose field at `offset` refers to something on the way to the origin. */
  #visit(origin: Origin, container: Container, offset: number): boolean {
    const { objects } = this.#dump;
    const { pointer, type } = container;
    const { types } = objects.heap.layout;
    const typeName = objects.heap.typeName(type);
    if (internal.test(typeName) || type === objects.layout.reaction) return false;
    const waiter = this.#byPointer.get(pointer) ?? this.#byRegisters.get(pointer);
    if (waiter !== undefined) {
      if (!origin.own.has(waiter)) this.#meet(origin, waiter);
      return false;
    }
    if (objects.isSuspendable(type)) return false;
    if (type === objects.layout.promise) return offset !== fields.promise.reactions;
    if (objects.isContextType(type)) {
      if (type === objects.layout.nativeContext) return false;
      const name = variableName(objects, pointer, offset);
      if (name !== '') origin.fallback ??= { type: 'object', detail: name };
      return true;
    }
    if (objects.isFunction(pointer)) return offset === objects.heap.layout.function.context;
    if (typeName === 'PropertyCell') {
      const name = globalName(objects, this.#dump.shapes, pointer);
      if (name !== '') origin.found = { type: 'object', detail: name };
      return false;
    }
    if (type > types.firstNonstring && this.#isObject(typeName, type)) {
      const cause = this.#causes.of(pointer, offset);
      if (cause === undefined) return !this.#isEndedTimer(pointer);
      origin.found = cause;
      return false;
    }
    return true;
  }

  #isEndedTimer(pointer: number): boolean {
    return this.#dump.shapes.className(pointer) === 'Timeout';
  }

  /** JSObject and what is derived from it come last among the types (objects/instance-type.h). */
  #isObject(name: string, type: number): boolean {
    return name.startsWith('JS') || type >= (this.#dump.objects.heap.layout.constants.find('type_JSObject') ?? 1057);
  }

  /** A function of the app is a cause. One of Node's own only passes on what it waits for itself: that is searched instead. */
  #meet(origin: Origin, waiter: Waiter): void {
    const cause = this.#functionCause(waiter);
    if (!this.#dump.places.of(waiter.suspended).url.startsWith('node:')) {
      origin.found = cause;
      return;
    }
    origin.fallback = cause;
    let innermost = waiter;
    for (let depth = 0; depth < maxDepth && innermost.children[0] !== undefined; depth++) {
      innermost = innermost.children[0].waiter;
    }
    for (const { promise } of innermost.leaves) {
      if (this.#seen.has(promise)) origin.like = promise;
      else this.#passedOn.push({ promise, origin });
    }
  }

  #functionCause(waiter: Waiter): AsyncCause {
    const { function: name, url, line, column } = this.#dump.places.of(waiter.suspended);
    return { type: 'function', detail: `${name === '' ? '(anonymous)' : name} ${url}:${line}:${column}` };
  }
}
