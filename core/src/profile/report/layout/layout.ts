/**
 * A graph as boxes in rows with edges between them, by Sugiyama's method: rows, order within rows, places, and routes. An edge over several
 * rows has a point in each of them, which takes room like a box, so that no edge crosses a box; its text stands in a row of its own
 * between those of boxes. So boxes never overlap, whatever the graph.
 */

import { orderRows, type Rows } from './order.js';
import { type Point, placePoints } from './places.js';
import { backEdges, type RankEdge, ranksOf } from './ranks.js';

export interface LayoutBox {
  width: number;
  height: number;
}

export interface LayoutEdge {
  /** Numbers of boxes; never the same. */
  from: number;
  to: number;
  /** Rows of boxes that it spans at least. */
  length: number;
  weight: number;
  /** Room for its text; 0 for none. */
  labelWidth: number;
  labelHeight: number;
}

export interface Layout {
  width: number;
  height: number;
  /** Middles of boxes. */
  boxes: { x: number; y: number }[];
  /** By edge, from its start to its end: vertical where it passes rows, so a curve between two points is vertical at both. */
  routes: { points: { x: number; y: number }[]; label: { x: number; y: number } | undefined }[];
}

const gap = 16;
const rowGap = 14;
/** Ends of edges at one box. */
const portGap = 12;
const stiff = 8;

export function layoutGraph(boxes: readonly LayoutBox[], edges: readonly LayoutEdge[]): Layout {
  // Each row of boxes is followed by one for texts.
  const spans = edges.map(({ from, to, length, weight }): RankEdge => ({ from, to, length: length * 2, weight }));
  const turned = backEdges(boxes.length, spans);
  const down = spans.map((edge, e) => (turned[e] ? { ...edge, from: edge.to, to: edge.from } : edge));
  const ranks = ranksOf(boxes.length, down);
  const points: Point[] = boxes.map(({ width }) => ({ width, stiffness: 1 }));
  const heights = boxes.map(({ height }) => height);
  const ranksOfPoints = [...ranks];
  /** By edge, its points from the upper box to the lower one, both included. */
  const chains = down.map(({ from, to }, e) => {
    const chain = [from];
    const [top, bottom] = [ranks[from] ?? 0, ranks[to] ?? 0];
    const middle = (top + bottom) >> 1;
    const labelRank = middle % 2 === 1 ? middle : middle + 1;
    for (let rank = top + 1; rank < bottom; rank++) {
      const { labelWidth = 0, labelHeight = 0 } = edges[e] ?? {};
      const isLabel = rank === labelRank && labelWidth > 0;
      // The text stands to the right of the line, which is at the point's middle.
      chain.push(points.push({ width: isLabel ? labelWidth * 2 : 2, stiffness: stiff }) - 1);
      heights.push(isLabel ? labelHeight : 0);
      ranksOfPoints.push(rank);
    }
    chain.push(to);
    return { chain, labelAt: labelRank - top };
  });
  const rows = rowsOf(ranksOfPoints, chains);
  orderRows(rows);
  const xs = placePoints(rows, points, gap);
  const left = points.reduce(
    (least, { width }, p) => Math.min(least, (xs[p] ?? 0) - width / 2),
    Number.POSITIVE_INFINITY,
  );
  for (const [p, x] of xs.entries()) xs[p] = x - (points.length === 0 ? 0 : left);
  const bands = bandsOf(rows.rows, heights);
  const ports = portsOf(chains, boxes, xs);
  const routes = chains.map(({ chain, labelAt }, e) => {
    const route = chain.flatMap((point, i) => {
      const band = bands[ranksOfPoints[point] ?? 0] ?? { top: 0, bottom: 0 };
      const x = i === 0 ? (ports.out[e] ?? 0) : i === chain.length - 1 ? (ports.in[e] ?? 0) : (xs[point] ?? 0);
      const middle = (band.top + band.bottom) / 2;
      if (i === 0)
        return [
          { x, y: middle + (heights[point] ?? 0) / 2 },
          { x, y: band.bottom },
        ];
      if (i === chain.length - 1)
        return [
          { x, y: band.top },
          { x, y: middle - (heights[point] ?? 0) / 2 },
        ];
      return [
        { x, y: band.top },
        { x, y: band.bottom },
      ];
    });
    const labelPoint = chain[labelAt];
    const band = bands[ranksOfPoints[labelPoint ?? 0] ?? 0];
    const label =
      labelPoint === undefined || band === undefined || (edges[e]?.labelWidth ?? 0) === 0
        ? undefined
        : { x: (xs[labelPoint] ?? 0) + 3, y: (band.top + band.bottom) / 2 };
    return { points: turned[e] ? route.reverse() : route, label };
  });
  return {
    width: points.reduce((most, { width }, p) => Math.max(most, (xs[p] ?? 0) + width / 2), 0),
    height: bands.at(-1)?.bottom ?? 0,
    boxes: boxes.map((_, b) => {
      const band = bands[ranks[b] ?? 0] ?? { top: 0, bottom: 0 };
      return { x: xs[b] ?? 0, y: (band.top + band.bottom) / 2 };
    }),
    routes,
  };
}

function rowsOf(ranks: readonly number[], chains: readonly { chain: number[] }[]): Rows {
  const rows: number[][] = Array.from({ length: ranks.reduce((most, rank) => Math.max(most, rank + 1), 0) }, () => []);
  const above: number[][] = ranks.map(() => []);
  const below: number[][] = ranks.map(() => []);
  for (const { chain } of chains) {
    for (let i = 1; i < chain.length; i++) {
      const [upper = 0, lower = 0] = [chain[i - 1], chain[i]];
      below[upper]?.push(lower);
      above[lower]?.push(upper);
    }
  }
  // In the order of a search from above, what belongs together starts together.
  const seen = new Uint8Array(ranks.length);
  for (const start of ranks.keys()) {
    if (seen[start] === 1 || (above[start]?.length ?? 0) > 0) continue;
    visit(start);
  }
  for (const start of ranks.keys()) visit(start);
  return { rows, above, below };

  function visit(start: number): void {
    const pending = [start];
    for (let point = pending.pop(); point !== undefined; point = pending.pop()) {
      if (seen[point] === 1) continue;
      seen[point] = 1;
      rows[ranks[point] ?? 0]?.push(point);
      pending.push(...(below[point] ?? []).toReversed());
    }
  }
}

/** From where to where each row goes, downwards. */
function bandsOf(rows: readonly number[][], heights: readonly number[]): { top: number; bottom: number }[] {
  let y = 0;
  return rows.map((row, r) => {
    const height = row.reduce((most, point) => Math.max(most, heights[point] ?? 0), 0);
    const band = { top: y, bottom: y + height };
    y = band.bottom + (r + 1 < rows.length ? rowGap : 0);
    return band;
  });
}

/** Where edges leave and enter their boxes: side by side, in the order of where they lead. By edge. */
function portsOf(
  chains: readonly { chain: number[] }[],
  boxes: readonly LayoutBox[],
  xs: Float64Array,
): { out: number[]; in: number[] } {
  const ports = { out: chains.map(() => 0), in: chains.map(() => 0) };
  const leaving: number[][] = boxes.map(() => []);
  const entering: number[][] = boxes.map(() => []);
  for (const [e, { chain }] of chains.entries()) {
    leaving[chain[0] ?? 0]?.push(e);
    entering[chain.at(-1) ?? 0]?.push(e);
  }
  const spread = (sides: number[][], into: number[], next: (chain: number[]) => number | undefined) => {
    for (const [b, edges] of sides.entries()) {
      const toward = (e: number) => xs[next(chains[e]?.chain ?? []) ?? 0] ?? 0;
      edges.sort((x, y) => toward(x) - toward(y));
      const step = Math.min(portGap, ((boxes[b]?.width ?? 0) * 0.8) / edges.length);
      for (const [i, e] of edges.entries()) into[e] = (xs[b] ?? 0) + (i - (edges.length - 1) / 2) * step;
    }
  };
  spread(leaving, ports.out, chain => chain[1]);
  spread(entering, ports.in, chain => chain.at(-2));
  return ports;
}
