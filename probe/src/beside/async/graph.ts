/**
 * Who waits for whom: suspended functions, linked through the promises between them.
 *
 *   leaf promise → function → its promise → [all, then, ...] → function → its promise → nobody waits
 *      (a timer)   innermost                                   outermost
 */

import type { AsyncLink } from '@nops/core/protocol/async-results';
import { type Collected, readSuspended, type Suspended } from './collect.js';
import { fields, pageBytes } from './layout.js';
import type { Objects } from './objects.js';
import type { HeapPage } from './pages.js';
import { type ReactionLayout, readEdges, resumedBy } from './reactions.js';

export interface Waiter {
  suspended: Suspended;
  /** The promises that it awaits: one, unless it was read amid a change. */
  awaited: number[];
  /** The functions it waits for, and how. */
  children: Link[];
  /** Promises that it waits for and no suspended function will settle. */
  leaves: { promise: number; link: AsyncLink }[];
  /** The functions that wait for it. */
  parents: Link[];
  /** What it awaited has settled: it goes on when its job comes. */
  isRunnable: boolean;
  /** It waits for something, but nothing was found that would go on with it. */
  isLost: boolean;
}

export interface Link {
  waiter: Waiter;
  link: AsyncLink;
}

export interface Graph {
  waiters: Waiter[];
  /** The async function that runs now and will settle this promise. */
  runningOf(promise: number): number | undefined;
}

/** Nobody iterates with more requests in the queue. */
const maxRequests = 1000;
/** The sources of one promise: Promise.all of more than that is cut. */
const maxSources = 20_000;
const maxSteps = 200_000;

type Source = { promise: number; link: AsyncLink; owner?: Waiter };

export function buildGraph(
  objects: Objects,
  layout: ReactionLayout | undefined,
  collected: Collected,
  pages: readonly HeapPage[],
): Graph {
  const heaps = new Map(pages.map(page => [page.start, page.heap]));
  const byPointer = new Map(collected.suspended.map(suspended => [suspended.pointer, newWaiter(suspended)]));
  const incoming = new Map<number, { promise: number; link: AsyncLink; handler: number }[]>();

  const { pointers, reactions, count } = collected.promises;
  for (let index = 0; index < count && layout !== undefined; index++) {
    const promise = pointers[index] ?? 0;
    for (const edge of readEdges(objects, layout, reactions[index] ?? 0)) {
      if (edge.to === 'function') {
        waiterAt(edge.pointer)?.awaited.push(promise);
      } else if (edge.to === 'promise') {
        append(incoming, edge.pointer, { promise, link: edge.link, handler: edge.handler });
      }
    }
  }
  const owners = findOwners(objects, byPointer.values());
  const known = new Map<number, Source[]>();
  for (const waiter of byPointer.values()) {
    for (const promise of waiter.awaited) addSources(waiter, promise);
  }
  for (const job of collected.jobs) {
    const pointer = resumedBy(objects, job);
    const waiter = pointer === undefined ? undefined : byPointer.get(pointer);
    // A job that ran already is still there until its memory is used again; then the function awaits something else, or has ended.
    if (waiter !== undefined && waiter.awaited.length === 0 && waiter.suspended.awaits) waiter.isRunnable = true;
  }
  const waiters = [...byPointer.values()];
  for (const waiter of waiters) {
    waiter.isLost = waiter.awaited.length === 0 && !waiter.isRunnable && waiter.suspended.awaits;
  }
  return {
    waiters,
    runningOf: promise => collected.running.get(promise),
  };

  /** Also one that was missed because it moved while the heap was read. */
  function waiterAt(pointer: number): Waiter | undefined {
    const found = byPointer.get(pointer);
    if (found !== undefined) return found;
    const page = pointer - (pointer % pageBytes);
    const suspended = readSuspended(objects, pointer, heaps.get(page) ?? 0);
    if (suspended === undefined) return undefined;
    const waiter = newWaiter(suspended);
    byPointer.set(pointer, waiter);
    return waiter;
  }

  function addSources(waiter: Waiter, promise: number): void {
    for (const { promise: leaf, link, owner } of sourcesOf(promise)) {
      if (owner === undefined) {
        waiter.leaves.push({ promise: leaf, link });
      } else {
        const shown = owner.suspended.isGenerator && link === 'await' ? 'iterate' : link;
        waiter.children.push({ waiter: owner, link: shown });
        owner.parents.push({ waiter, link: shown });
      }
    }
  }

  /** Back from a promise to functions that will settle it and promises that nobody here will. */
  function sourcesOf(promise: number): Source[] {
    const memo = known.get(promise);
    if (memo !== undefined) return memo;
    const found: Source[] = [];
    const seen = new Set([promise]);
    const open: Source[] = [{ promise, link: 'await' }];
    for (let steps = 0; open.length > 0 && steps < maxSteps && found.length < maxSources; steps++) {
      const at = open.pop();
      if (at === undefined) break;
      const owner = owners.get(at.promise);
      const before = owner === undefined ? (incoming.get(at.promise) ?? []) : [];
      if (before.length === 0) found.push(owner === undefined ? at : { ...at, owner });
      const isRace = new Set(before.map(({ handler }) => handler)).size < before.length;
      for (const { promise: from, link } of before) {
        if (seen.has(from)) continue;
        seen.add(from);
        open.push({ promise: from, link: moreTelling(at.link, link === 'race' && !isRace ? 'then' : link) });
      }
    }
    known.set(promise, found);
    return found;
  }
}

function newWaiter(suspended: Suspended): Waiter {
  return { suspended, awaited: [], children: [], leaves: [], parents: [], isRunnable: false, isLost: false };
}

/** The promise that each function settles; of an async generator those of the requests in its queue. */
function findOwners(objects: Objects, waiters: Iterable<Waiter>): Map<number, Waiter> {
  const owners = new Map<number, Waiter>();
  for (const waiter of waiters) {
    const { isGenerator, promise } = waiter.suspended;
    if (!isGenerator) {
      owners.set(promise, waiter);
      continue;
    }
    let request = promise;
    for (let count = 0; count < maxRequests && objects.typeOf(request) === objects.layout.request; count++) {
      owners.set(objects.field(request, fields.request.promise), waiter);
      request = objects.field(request, fields.request.next);
    }
  }
  return owners;
}

/** From what says least to what says most. */
const telling: readonly AsyncLink[] = ['await', 'iterate', 'then', 'race', 'any', 'allSettled', 'all'];

/** Of several links in a row the one nearest to who awaits, unless a later one says more. */
function moreTelling(first: AsyncLink, second: AsyncLink): AsyncLink {
  return telling.indexOf(second) > telling.indexOf(first) ? second : first;
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
