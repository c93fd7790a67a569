/**
 * Where in its row each point stands: near the middle of what it is connected with, and apart from its neighbours. Row by row that is a least
 * squares problem with an order to keep, which pooling neighbours that would overlap solves exactly; rows are gone through a few times.
 */

import type { Rows } from './order.js';

export interface Point {
  width: number;
  /** How much it wants to stand below what is above it; bends of one edge want it most. */
  stiffness: number;
}

const rounds = 12;

/** The middle of each point; those of a row are at least `gap` apart, from edge to edge. */
export function placePoints({ rows, above, below }: Rows, points: readonly Point[], gap: number): Float64Array {
  const places = new Float64Array(points.length);
  for (const row of rows) {
    let x = 0;
    for (const point of row) {
      const half = (points[point]?.width ?? 0) / 2;
      places[point] = x + half;
      x += half * 2 + gap;
    }
  }
  for (let round = 0; round < rounds; round++) {
    const downwards = round % 2 === 0;
    for (const row of downwards ? rows : rows.toReversed())
      settle(row, round + 2 < rounds ? (downwards ? [above] : [below]) : [above, below]);
  }
  return places;

  function settle(row: readonly number[], sides: readonly (readonly number[][])[]): void {
    const wanted = row.map(point => {
      let sum = 0;
      let weights = 0;
      for (const side of sides) {
        for (const other of side[point] ?? []) {
          const weight = Math.max(1, Math.min(points[point]?.stiffness ?? 1, points[other]?.stiffness ?? 1));
          sum += (places[other] ?? 0) * weight;
          weights += weight;
        }
      }
      return weights === 0 ? { at: places[point] ?? 0, weight: 0.01 } : { at: sum / weights, weight: weights };
    });
    for (const [i, at] of pool(row, wanted).entries()) places[row[i] ?? 0] = at;
  }

  /** As near to `wanted` as the widths allow. */
  function pool(row: readonly number[], wanted: readonly { at: number; weight: number }[]): number[] {
    const offsets: number[] = [];
    for (const [i, point] of row.entries()) {
      const before = row[i - 1];
      const half = (points[point]?.width ?? 0) / 2;
      offsets.push(before === undefined ? 0 : (offsets[i - 1] ?? 0) + (points[before]?.width ?? 0) / 2 + gap + half);
    }
    const blocks: { at: number; weight: number; count: number }[] = [];
    for (const [i, { at, weight }] of wanted.entries()) {
      let block = { at: at - (offsets[i] ?? 0), weight, count: 1 };
      for (let last = blocks.at(-1); last !== undefined && last.at >= block.at; last = blocks.at(-1)) {
        const both = last.weight + block.weight;
        block = {
          at: (last.at * last.weight + block.at * block.weight) / both,
          weight: both,
          count: last.count + block.count,
        };
        blocks.pop();
      }
      blocks.push(block);
    }
    return blocks
      .flatMap(({ at, count }) => Array.from({ length: count }, () => at))
      .map((at, i) => at + (offsets[i] ?? 0));
  }
}
