/**
 * What a pending promise leads to: its reactions, and in their handlers the function that awaits it or the promise that waits for it.
 *
 *   promise → reaction → handler (a builtin's closure) → context → suspended function            await
 *                                                               → PromiseCapability → promise    all, allSettled, any
 *                                                               → promise                        race, or resolve() given to then()
 *                      → promise_or_capability → promise                                         then(), or a promise returned
 *
 * Source: builtins/promise-*.tq, objects/promise.tq.
 */

import type { AsyncLink } from '@nops/core/protocol/async-results';
import { isPointer } from '../v8/heap.js';
import { unknownLayout } from '../v8/locate.js';
import type { PendingPromises } from './collect.js';
import { fields } from './layout.js';
import type { Objects } from './objects.js';

export interface ReactionLayout {
  next: number;
  reject: number;
  fulfill: number;
  capability: number;
}

/** With and without async context (`continuation_preserved_embedder_data`), which comes first where it is. */
const layouts: readonly ReactionLayout[] = [
  { next: 8, reject: 16, fulfill: 24, capability: 32 },
  { next: 16, reject: 24, fulfill: 32, capability: 40 },
];
const calibratedOn = 2000;
const minShare = 0.98;
const maxReactions = 10_000;
/** Closures of V8's own promise functions have fewer slots. */
const maxHandlerSlots = 16;
/** Scope info and previous context come first in every context (objects/contexts.h, MIN_CONTEXT_SLOTS). */
const firstOwnSlot = 2;

/** Which of the known layouts the reactions on this heap have. Throws `impossible` when none fits nearly all of them. */
export function calibrateReactions(objects: Objects, promises: PendingPromises): ReactionLayout | undefined {
  const { reaction } = objects.layout;
  const fits = layouts.map(() => 0);
  let looked = 0;
  const step = Math.max(1, Math.floor(promises.count / calibratedOn));
  for (let index = 0; index < promises.count; index += step) {
    const pointer = promises.reactions[index] ?? 0;
    if (objects.typeOf(pointer) !== reaction) continue;
    looked++;
    layouts.forEach((layout, which) => {
      if (hasLayout(objects, pointer, layout)) fits[which] = (fits[which] ?? 0) + 1;
    });
  }
  if (looked === 0) return undefined;
  const best = Math.max(...fits);
  if (best < looked * minShare) {
    throw unknownLayout(
      `the fields of promise reactions are not where they are known to be (${best} of ${looked} fit)`,
    );
  }
  return layouts[fits.indexOf(best)];
}

/** The next reaction or 0; handlers that can be called or undefined; and a promise, a capability or undefined at the end. */
function hasLayout(objects: Objects, pointer: number, layout: ReactionLayout): boolean {
  const next = objects.field(pointer, layout.next);
  if (next !== 0 && objects.typeOf(next) !== objects.layout.reaction) return false;
  const handlers = [layout.fulfill, layout.reject].map(offset => objects.typeOf(objects.field(pointer, offset)));
  if (!handlers.every(type => isCallable(objects, type) || isOddball(objects, type))) return false;
  const end = objects.typeOf(objects.field(pointer, layout.capability));
  return end === objects.layout.promise || end === objects.layout.capability || isOddball(objects, end);
}

/** A function, or a bound one, or a proxy for one. */
function isCallable(objects: Objects, type: number): boolean {
  return (
    objects.heap.isFunction(type) || /^JS(?:BoundFunction|Proxy|WrappedFunction)$/.test(objects.heap.typeName(type))
  );
}

function isOddball(objects: Objects, type: number): boolean {
  return objects.heap.typeName(type) === 'Oddball';
}

/** What settling a promise does next. */
export type Edge =
  /** Goes on with a suspended function. */
  | { to: 'function'; pointer: number }
  /** Settles another promise, or counts for it. */
  | { to: 'promise'; pointer: number; link: AsyncLink; handler: number }
  /** Calls a function and nothing more. */
  | { to: 'handler'; handler: number };

/** All edges of the list of reactions that begins at `first`. */
export function readEdges(objects: Objects, layout: ReactionLayout, first: number): Edge[] {
  const edges: Edge[] = [];
  let reaction = first;
  for (let count = 0; count < maxReactions && objects.typeOf(reaction) === objects.layout.reaction; count++) {
    const edge = readEdge(objects, layout, reaction);
    if (edge !== undefined) edges.push(edge);
    reaction = objects.field(reaction, layout.next);
  }
  return edges;
}

function readEdge(objects: Objects, layout: ReactionLayout, reaction: number): Edge | undefined {
  const fulfill = objects.field(reaction, layout.fulfill);
  const reject = objects.field(reaction, layout.reject);
  const onFulfill = readHandler(objects, fulfill);
  const onReject = readHandler(objects, reject);
  const resumed = onFulfill?.suspended ?? onReject?.suspended;
  if (resumed !== undefined) return { to: 'function', pointer: resumed };
  const counted = onFulfill?.counted ?? onReject?.counted;
  if (counted !== undefined)
    return { to: 'promise', pointer: counted, link: combinator(onFulfill, onReject), handler: 0 };
  if (onFulfill?.resolved !== undefined) {
    return { to: 'promise', pointer: onFulfill.resolved, link: 'race', handler: fulfill };
  }
  const handler = [fulfill, reject].find(word => objects.isFunction(word)) ?? 0;
  const derived = promiseOf(objects, objects.field(reaction, layout.capability));
  if (derived !== undefined)
    return { to: 'promise', pointer: derived, link: handler === 0 ? 'await' : 'then', handler };
  return handler === 0 ? undefined : { to: 'handler', handler };
}

/** `all` counts what is fulfilled, `any` what is rejected, `allSettled` both: the other handler settles the result at once. */
function combinator(onFulfill: Handler | undefined, onReject: Handler | undefined): AsyncLink {
  if (onFulfill?.counted === undefined) return 'any';
  return onReject?.counted === undefined ? 'all' : 'allSettled';
}

/** The promise of a PromiseCapability, or the promise that stands in its place. */
function promiseOf(objects: Objects, word: number): number | undefined {
  const type = objects.typeOf(word);
  if (type === objects.layout.promise) return word;
  if (type !== objects.layout.capability) return undefined;
  const promise = objects.field(word, fields.capabilityPromise);
  return objects.typeOf(promise) === objects.layout.promise ? promise : undefined;
}

interface Handler {
  suspended?: number;
  counted?: number;
  resolved?: number;
}

/** What a builtin's closure holds in its context; undefined for functions of scripts and for what holds nothing of the kind. */
function readHandler(objects: Objects, word: number): Handler | undefined {
  if (!isPointer(word) || !objects.isFunction(word) || !objects.isBuiltin(word)) return undefined;
  const context = objects.field(word, objects.heap.layout.function.context);
  let result: Handler | undefined;
  for (const slot of objects.contextSlots(context, maxHandlerSlots).slice(firstOwnSlot)) {
    const type = objects.typeOf(slot);
    if (objects.isSuspendable(type)) return { suspended: slot };
    const promise = promiseOf(objects, slot);
    if (promise === undefined) continue;
    if (type === objects.layout.capability) result = { counted: promise };
    else result ??= { resolved: promise };
  }
  return result;
}

/** The function that a queued job goes on with; undefined when it does something else. */
export function resumedBy(objects: Objects, job: readonly number[]): number | undefined {
  for (const word of job) {
    const suspended = readHandler(objects, word)?.suspended;
    if (suspended !== undefined) return suspended;
  }
  return undefined;
}
