/**
 * Labels of what runs, as Go's pprof.Do has them: they follow async calls. While somebody profiles (and only then) each switch of context
 * goes into a ring with its time, and the agent's worker finds for each sample which labels were on (../worker/engine/labels.ts).
 *
 * A switch is seen in Node's `before` and `after` hooks, in which AsyncLocalStorage already has the store of what is about to run: also on
 * Node 24 and later, where AsyncContextFrame carries it. Kept whether or not an agent runs, so that the order of calls does not matter.
 */

import { AsyncLocalStorage, AsyncResource, createHook, executionAsyncResource } from 'node:async_hooks';
import {
  type LabelRing,
  type LabelSet,
  type LabelsBegun,
  labelRingSize,
  labelRingWrap,
  maxLabelSets,
} from '../messages/labels.js';

/** A context that code runs in. A request's `id` changes once, when its route is known for good. */
export interface LabelContext {
  id: number;
  /** As they are known now. */
  read(): LabelSet;
}

/** Far above what nests; more means that an `after` was missed, as with an exception that the app caught at the very top. */
const maxDepth = 10_000;

/** Stands for all values beyond the bound; so many different sets of names are told apart then. */
const other = '(other)';
const maxOthers = 100;

const storage = new AsyncLocalStorage<LabelContext>();
const ids = new Map<string, number>();
const sets: LabelSet[] = [{}];
let ring: LabelRing | undefined;
let current = 0;
let outer: number[] = [];
let users = 0;
let frameSymbol: symbol | undefined;
let isUsedByApp = false;

/** Runs `fn`, and what it calls and awaits, labelled in CPU profiles; labels of an outer call stay, but for those of the same name. */
export function withLabels<T>(labels: Readonly<Record<string, string>>, fn: () => T): T {
  const set = { ...storage.getStore()?.read(), ...labels };
  const id = idOf(set);
  const before = current;
  isUsedByApp = true;
  return storage.run({ id, read: () => set }, () => {
    switchTo(id);
    try {
      return fn();
    } finally {
      switchTo(before);
    }
  });
}

/** The rest of this callback, and what follows from it, runs in a context of these labels, added to those that are on. */
export function enter(id: number, read: () => LabelSet): LabelContext {
  const outerSet = storage.getStore()?.read;
  const context = { id, read: outerSet === undefined ? read : () => ({ ...outerSet(), ...read() }) };
  storage.enterWith(context);
  switchTo(id);
  return context;
}

/** Equal sets have one number. Beyond the bound, values give way to one word. */
export function idOf(set: LabelSet): number {
  const key = JSON.stringify(Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1)));
  const known = ids.get(key);
  if (known !== undefined) return known;
  const isFull = sets.length >= maxLabelSets;
  const isOther = Object.values(set).every(value => value === other);
  if (isFull && !isOther) return idOf(Object.fromEntries(Object.keys(set).map(name => [name, other])));
  if (sets.length >= maxLabelSets + maxOthers) return 0;
  ids.set(key, sets.length);
  return sets.push(set) - 1;
}

export function labelSets(): readonly LabelSet[] {
  return sets;
}

/** Says that `from`, which may be in the ring, is `to` by now. */
export function tellResolved(from: number, to: number): void {
  if (ring !== undefined) push(-to, from);
}

const hook = createHook({
  before() {
    if (outer.length >= maxDepth) outer = [];
    outer.push(current);
    switchTo(nextContext()?.id ?? 0);
  },
  after() {
    switchTo(outer.pop() ?? 0);
  },
});

/**
 * Of what is about to run. On Node 24 and later an AsyncResource takes its context only after `before` (lib/async_hooks.js,
 * runInAsyncScope), but has it already, as a map of storages, under a symbol.
 */
function nextContext(): LabelContext | undefined {
  if (frameSymbol !== undefined) {
    const frame = (executionAsyncResource() as Record<symbol, Frame | undefined>)[frameSymbol];
    if (typeof frame?.get === 'function') return frame.get(storage);
  }
  return storage.getStore();
}

interface Frame {
  get?(of: typeof storage): LabelContext | undefined;
}

function findFrameSymbol(): symbol | undefined {
  return Object.getOwnPropertySymbols(new AsyncResource('nops')).find(
    ({ description }) => description === 'context_frame',
  );
}

/** To be ended as often as it is begun. The clock of the ring is performance.now(). */
export function beginLabels(into: LabelRing): LabelsBegun {
  users++;
  if (users === 1) {
    ring = into;
    outer = [];
    current = 0;
    frameSymbol = findFrameSymbol();
    hook.enable();
  }
  return { offsetMicros: Number(process.hrtime.bigint()) / 1000 - performance.now() * 1000 };
}

/** True when nobody needs them any more: then nothing of it runs. */
export function endLabels(all = false): boolean {
  users = all ? 0 : Math.max(0, users - 1);
  if (users > 0) return false;
  hook.disable();
  ring = undefined;
  // Until then Node 20 and 22 take note of each async resource. What the app labels itself must stay.
  if (!isUsedByApp) storage.disable();
  return true;
}

function switchTo(id: number): void {
  if (id === current) return;
  current = id;
  if (ring !== undefined) push(performance.now(), id);
}

function push(time: number, id: number): void {
  if (ring === undefined) return;
  const head = Atomics.load(ring.head, 0);
  ring.times[head % labelRingSize] = time;
  ring.ids[head % labelRingSize] = id;
  Atomics.store(ring.head, 0, (head + 1) % labelRingWrap);
}
