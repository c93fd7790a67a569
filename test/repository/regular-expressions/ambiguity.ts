/**
 * Whether a backtracking matcher needs more than linear time: it does when a text can be read on many ways that all fail (Weber and Seidl 1991, for
 * matchers Weideman et al. 2016).
 *
 *   exponential   p --w--> p on two ways
 *   polynomial    p --w--> p --w--> q --w--> q
 *
 * That all of them fail in the end is assumed, but where q has matched already.
 */

import { type Automaton, automatonOf } from './automaton.js';

export type Verdict = 'linear' | 'polynomial' | 'exponential' | { unknown: string };

export function judge(source: string, flags: string): Verdict {
  const automaton = automatonOf(source, flags);
  if (automaton.unknown !== undefined) return { unknown: automaton.unknown };
  const component = components(automaton.edges);
  const loops = automaton.edges.flatMap((targets, state) =>
    targets.some(to => component[to] === component[state]) && !automaton.accepting.has(state) ? [state] : [],
  );
  if (loops.some(state => hasTwoWays(automaton, component, state))) return 'exponential';
  // A state that waits for the match to begin may be left at each place, though it accepts nothing itself.
  return loops.some(from => loops.some(to => from !== to && leadsBeside(automaton, component, from, to)))
    ? 'polynomial'
    : 'linear';
}

function hasTwoWays({ takes, edges }: Automaton, component: number[], state: number): boolean {
  const size = edges.length;
  const key = (a: number, b: number, differ: boolean) => (a * size + b) * 2 + Number(differ);
  const open: [number, number, boolean][] = [[state, state, false]];
  const seen = new Set<number>();
  const inside = (from: number) => (edges[from] ?? []).filter(to => component[to] === component[state]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [a, b, differ] = next;
    for (const [i, x] of inside(a).entries()) {
      for (const [j, y] of inside(b).entries()) {
        if (((takes[x] ?? 0n) & (takes[y] ?? 0n)) === 0n) continue;
        const differs = differ || x !== y || (a === b && i !== j);
        if (differs && x === state && y === state) return true;
        if (seen.has(key(x, y, differs))) continue;
        seen.add(key(x, y, differs));
        open.push([x, y, differs]);
      }
    }
  }
  return false;
}

/** One text leads from `p` to `p`, from `p` to `q` and from `q` to `q`. */
function leadsBeside({ takes, edges }: Automaton, component: number[], p: number, q: number): boolean {
  const size = edges.length;
  const open: [number, number, number][] = [[p, p, q]];
  const seen = new Set<number>();
  const around = (from: number, state: number) => (edges[from] ?? []).filter(to => component[to] === component[state]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [a, b, c] = next;
    for (const x of around(a, p)) {
      for (const z of around(c, q)) {
        const both = (takes[x] ?? 0n) & (takes[z] ?? 0n);
        if (both === 0n) continue;
        for (const y of edges[b] ?? []) {
          if ((both & (takes[y] ?? 0n)) === 0n) continue;
          if (x === p && y === q && z === q) return true;
          const key = (x * size + y) * size + z;
          if (seen.has(key)) continue;
          seen.add(key);
          open.push([x, y, z]);
        }
      }
    }
  }
  return false;
}

/** By state: the number of the strongly connected component (Tarjan 1972). */
function components(edges: number[][]): number[] {
  const index: number[] = [];
  const low: number[] = [];
  const component: number[] = [];
  const stack: number[] = [];
  let count = 0;
  const visit = (state: number): void => {
    index[state] = low[state] = count++;
    stack.push(state);
    for (const to of edges[state] ?? []) {
      if (index[to] === undefined) visit(to);
      if (component[to] === undefined) low[state] = Math.min(low[state] ?? 0, low[to] ?? 0);
    }
    if (low[state] !== index[state]) return;
    for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
      component[member] = state;
      if (member === state) break;
    }
  };
  for (const state of edges.keys()) if (index[state] === undefined) visit(state);
  return component;
}
