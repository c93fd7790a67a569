/** A dump as the result that `nops async` tells. */

import { foldFrames } from '@nops/core/async/fold';
import { type AsyncStack, groupStacks, type StackGroup } from '@nops/core/async/group';
import type { AsyncCause, AsyncFrame, AsyncGroup, AsyncLink } from '@nops/core/protocol/async-results';
import type { Chain } from './chains.js';
import type { AsyncDump } from './dump.js';
import type { Link, Waiter } from './graph.js';
import type { Place } from './places.js';
import { readArguments } from './values.js';
import { searchCauses } from './why/search.js';

export interface TellOptions {
  /** For how many stacks of each group it is searched what they wait on. */
  why: number;
  /** Also arguments, and the queries of URLs. */
  values: boolean;
  /** Node's own frames and those of packages, one by one. */
  all: boolean;
  /** Functions that are not told. */
  dead: ReadonlySet<Waiter>;
  signal: AbortSignal;
}

/** More groups than anybody reads; what is left out is said. */
const maxGroups = 1000;
/** Of these what they wait on is searched. */
const maxSearched = 200;
const maxCauses = 4;
const searchMs = 10_000;

interface Stack extends AsyncStack {
  chain: Chain;
}

export interface Told {
  groups: AsyncGroup[];
  limits: string[];
}

export function tellGroups(dump: AsyncDump, options: TellOptions): Told {
  const all = groupStacks(stacksOf(dump, options), Math.max(1, options.why));
  const groups = all.slice(0, maxGroups);
  const causes = findCauses(dump, groups.slice(0, maxSearched), options);
  const left = all.slice(maxGroups).reduce((sum, { count }) => sum + count, 0);
  return {
    groups: groups.map(group => toGroup(dump, group, causes, options)),
    limits: left === 0 ? [] : [`${left} stacks of ${all.length - maxGroups} more groups are left out.`],
  };
}

function* stacksOf(dump: AsyncDump, { all, dead }: TellOptions): Generator<Stack> {
  const frameOf = frameKeeper(dump);
  for (const chain of dump.chains.chains) {
    if (chain.some(({ waiter }) => dead.has(waiter))) continue;
    const unfolded = chain.map(frameOf);
    const isStuck = chain.every(({ waiter }) => dump.stuck.has(waiter));
    yield {
      chain,
      frames: all ? unfolded : foldFrames(unfolded),
      stuckMs: isStuck ? Math.floor(dump.stuckMs) : 0,
      runnable: chain[0]?.waiter.isRunnable === true,
    };
  }
}

/** One and the same object for each place and link: thousands of stacks share them. */
function frameKeeper({ places }: AsyncDump): (link: Link) => AsyncFrame {
  const kept = new Map<Place, Map<AsyncLink, AsyncFrame>>();
  return ({ waiter, link }) => {
    const place = places.of(waiter.suspended);
    let byLink = kept.get(place);
    if (byLink === undefined) {
      byLink = new Map();
      kept.set(place, byLink);
    }
    let frame = byLink.get(link);
    if (frame === undefined) {
      frame = { ...place, link };
      byLink.set(link, frame);
    }
    return frame;
  };
}

function toGroup(
  dump: AsyncDump,
  group: StackGroup<Stack>,
  causes: ReadonlyMap<number, AsyncCause>,
  { values, all }: TellOptions,
): AsyncGroup {
  const { count, stuckMs, runnable, examples } = group;
  const frames = values && examples[0] !== undefined ? withValues(dump, examples[0].chain, all) : [...group.frames];
  return { count, stuckMs, runnable, frames, waitsOn: causesOf(dump, group, causes) };
}

/** The arguments of one stack of the group, as an example. */
function withValues(dump: AsyncDump, chain: Chain, all: boolean): AsyncFrame[] {
  const frames = chain.map(({ waiter, link }) => ({
    ...dump.places.of(waiter.suspended),
    link,
    values: readArguments(dump.objects, dump.shapes, waiter.suspended),
  }));
  return all ? frames : foldFrames(frames);
}

function findCauses(
  dump: AsyncDump,
  groups: readonly StackGroup<Stack>[],
  options: TellOptions,
): Map<number, AsyncCause> {
  if (options.why === 0) return new Map();
  const wanted = new Map<number, Set<Waiter>>();
  for (const { examples, stuckMs } of groups) {
    // What is in transit waits for something else by the time the answer is there.
    if (stuckMs === 0) continue;
    for (const { chain } of examples) {
      for (const { promise } of chain[0]?.waiter.leaves.slice(0, maxCauses) ?? []) {
        const own = wanted.get(promise) ?? new Set();
        for (const { waiter } of chain) own.add(waiter);
        wanted.set(promise, own);
      }
    }
  }
  return searchCauses(dump, wanted, { values: options.values, deadlineMs: searchMs, signal: options.signal });
}

function causesOf(
  dump: AsyncDump,
  { examples, runnable }: StackGroup<Stack>,
  causes: ReadonlyMap<number, AsyncCause>,
): AsyncCause[] {
  if (runnable) return [];
  const counted = new Map<string, AsyncCause>();
  for (const { chain } of examples) {
    for (const cause of causesOfOne(dump, chain, causes)) {
      const key = `${cause.type} ${cause.detail}`;
      const known = counted.get(key);
      counted.set(key, { ...cause, count: (known?.count ?? 0) + 1 });
    }
  }
  return [...counted.values()].sort((a, b) => (b.count ?? 0) - (a.count ?? 0)).slice(0, maxCauses);
}

function runningCause({ graph, objects }: AsyncDump, promise: number): AsyncCause | undefined {
  const running = graph.runningOf(promise);
  if (running === undefined || !objects.isFunction(running)) return undefined;
  const { name, script, start } = objects.functions.ofFunction(running);
  const place = script === undefined ? undefined : objects.functions.scripts.place(script, start);
  const where = place === undefined ? '' : ` ${script?.url}:${place.line}:${place.column}`;
  return { type: 'function', detail: `${name === '' ? '(anonymous)' : name}${where}, which is running` };
}

function causesOfOne(dump: AsyncDump, chain: Chain, causes: ReadonlyMap<number, AsyncCause>): AsyncCause[] {
  const innermost = chain[0]?.waiter;
  if (innermost === undefined) return [];
  if (dump.chains.circular.has(innermost)) {
    return [{ type: 'function', detail: 'one of the functions that wait for it: a circle that nothing ends' }];
  }
  if (!innermost.suspended.awaits) return [{ type: 'consumer', detail: 'somebody who asks for its next value' }];
  if (innermost.isLost) return [{ type: 'nothing', detail: 'what it awaits was not found: it moved, or is gone' }];
  return innermost.leaves.flatMap(({ promise }) => runningCause(dump, promise) ?? causes.get(promise) ?? []);
}
