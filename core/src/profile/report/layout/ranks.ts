/** Which row each box stands in: every edge leads downwards, and as few rows as can be. The first two steps of Sugiyama's method. */

export interface RankEdge {
  from: number;
  to: number;
  /** Rows that it spans at least. */
  length: number;
  weight: number;
}

/** Whether each edge is to be turned round for the graph to have no cycles: those that lead back to where a search came from. */
export function backEdges(count: number, edges: readonly RankEdge[]): boolean[] {
  const out = outEdges(count, edges);
  const incoming = new Uint32Array(count);
  for (const { to } of edges) incoming[to] = (incoming[to] ?? 0) + 1;
  const back = edges.map(() => false);
  /** 0: not met; 1: on the way here; 2: done. */
  const states = new Uint8Array(count);
  // From where nothing leads to first, so that callers stand above.
  const roots = Array.from({ length: count }, (_, n) => n).sort(
    (a, b) => Number(incoming[a] !== 0) - Number(incoming[b] !== 0),
  );
  for (const root of roots) {
    if (states[root] !== 0) continue;
    const path = [{ node: root, next: 0 }];
    states[root] = 1;
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const e = out[top.node]?.[top.next++];
      const to = e === undefined ? undefined : edges[e]?.to;
      if (e === undefined || to === undefined) {
        states[top.node] = 2;
        path.pop();
      } else if (states[to] === 1) {
        back[e] = true;
      } else if (states[to] === 0) {
        states[to] = 1;
        path.push({ node: to, next: 0 });
      }
    }
  }
  return back;
}

/** Rounds in which boxes move towards what they are connected with. */
const rounds = 8;

/** The row of each box, from 0; `edges` have no cycles. */
export function ranksOf(count: number, edges: readonly RankEdge[]): Int32Array {
  const order = topological(count, edges);
  const into = outEdges(
    count,
    edges.map(({ from, to, ...rest }) => ({ from: to, to: from, ...rest })),
  );
  const out = outEdges(count, edges);
  const ranks = new Int32Array(count);
  for (const node of order) ranks[node] = highest(node);
  for (let round = 0; round < rounds; round++) {
    // What has more weight below than above moves down, as far as its edges let it; from the bottom, so that it finds room.
    for (const node of order.toReversed()) if (pull(node) > 0) ranks[node] = lowest(node);
    for (const node of order) if (pull(node) < 0) ranks[node] = highest(node);
  }
  const least = ranks.reduce((min, rank) => Math.min(min, rank), 0);
  return ranks.map(rank => rank - least);

  function highest(node: number): number {
    let rank = into[node]?.length === 0 ? (ranks[node] ?? 0) : 0;
    for (const e of into[node] ?? [])
      rank = Math.max(rank, (ranks[edges[e]?.from ?? 0] ?? 0) + (edges[e]?.length ?? 1));
    return rank;
  }
  function lowest(node: number): number {
    let rank = Number.POSITIVE_INFINITY;
    for (const e of out[node] ?? []) rank = Math.min(rank, (ranks[edges[e]?.to ?? 0] ?? 0) - (edges[e]?.length ?? 1));
    return rank === Number.POSITIVE_INFINITY ? (ranks[node] ?? 0) : rank;
  }
  function pull(node: number): number {
    const sum = (of: number[] | undefined) => (of ?? []).reduce((all, e) => all + (edges[e]?.weight ?? 1), 0);
    return sum(out[node]) - sum(into[node]);
  }
}

function topological(count: number, edges: readonly RankEdge[]): number[] {
  const out = outEdges(count, edges);
  const waiting = new Uint32Array(count);
  for (const { to } of edges) waiting[to] = (waiting[to] ?? 0) + 1;
  const order = Array.from({ length: count }, (_, n) => n).filter(n => waiting[n] === 0);
  // An array may grow while it is gone through.
  for (const node of order) {
    for (const e of out[node] ?? []) {
      const to = edges[e]?.to ?? 0;
      waiting[to] = (waiting[to] ?? 0) - 1;
      if (waiting[to] === 0) order.push(to);
    }
  }
  return order;
}

/** By box, the numbers of the edges that leave it. */
function outEdges(count: number, edges: readonly RankEdge[]): number[][] {
  const out: number[][] = Array.from({ length: count }, () => []);
  for (const [e, { from }] of edges.entries()) out[from]?.push(e);
  return out;
}
