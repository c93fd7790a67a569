/** The stacks of a graph: from each function that waits for no other one up to those that nobody waits for. */

import type { Graph, Link, Waiter } from './graph.js';

/** Innermost first; `link` says how each waits for the one before it. */
export type Chain = Link[];

/** A function that many wait for is in as many stacks. */
const maxChains = 200_000;
const maxFrames = 200;

export interface Chains {
  chains: Chain[];
  /** Functions whose stack is a circle: each waits for the next, forever. */
  circular: Set<Waiter>;
  limits: string[];
}

export function findChains(graph: Graph): Chains {
  const chains: Chain[] = [];
  const covered = new Set<Waiter>();
  for (const waiter of graph.waiters) {
    if (waiter.children.length === 0) climb(waiter, chains, covered);
  }
  const circular = new Set<Waiter>();
  for (const waiter of graph.waiters) {
    if (covered.has(waiter) || chains.length >= maxChains) continue;
    circular.add(waiter);
    climb(waiter, chains, covered);
  }
  const limits =
    chains.length < maxChains
      ? []
      : [`Only the first ${maxChains} stacks are told: functions that many wait for are in many.`];
  return { chains, circular, limits };
}

/** All ways up from `start`. */
function climb(start: Waiter, chains: Chain[], covered: Set<Waiter>): void {
  const open: Chain[] = [[{ waiter: start, link: start.leaves[0]?.link ?? 'await' }]];
  for (let chain = open.pop(); chain !== undefined && chains.length < maxChains; chain = open.pop()) {
    for (;;) {
      const top: Waiter | undefined = chain.at(-1)?.waiter;
      if (top === undefined) break;
      covered.add(top);
      const within: Chain = chain;
      const up: Link[] = chain.length < maxFrames ? unique(top.parents).filter(link => !has(within, link.waiter)) : [];
      const [first, ...others] = up;
      for (const other of others) if (open.length < maxChains) open.push([...chain, other]);
      if (first === undefined) break;
      chain.push(first);
    }
    chains.push(chain);
  }
}

/** Who waits twice for the same (`Promise.all([p, p])`) is in one stack. */
function unique(links: Link[]): Link[] {
  if (links.length < 2) return links;
  return [...new Map(links.map(link => [link.waiter, link])).values()];
}

function has(chain: Chain, waiter: Waiter): boolean {
  return chain.some(link => link.waiter === waiter);
}
