/** In which order the boxes of each row stand, so that few edges cross: medians of neighbours, row by row, down and up. */

export interface Rows {
  /** By row, its points from left to right. */
  rows: number[][];
  /** By point, the points of the row above and of the row below that it is connected with. */
  above: number[][];
  below: number[][];
}

/** Work that is spent on it, in points and edges looked at: large graphs get fewer rounds. */
const maxWork = 4_000_000;
const maxRounds = 24;

/** Sorts `rows` in place. */
export function orderRows({ rows, above, below }: Rows): void {
  const places = new Float64Array(above.length);
  const number = (row: readonly number[]) => {
    for (const [i, point] of row.entries()) places[point] = i;
  };
  for (const row of rows) number(row);
  const size = above.reduce((sum, points) => sum + 1 + points.length, 0);
  const rounds = Math.max(2, Math.min(maxRounds, Math.floor(maxWork / Math.max(1, size))));
  let best = rows.map(row => [...row]);
  let fewest = crossings(rows, below, places);
  for (let round = 0; round < rounds && fewest > 0; round++) {
    const downwards = round % 2 === 0;
    const neighbours = downwards ? above : below;
    for (const row of downwards ? rows : rows.toReversed()) {
      const medians = new Map(row.map((point, i) => [point, medianOf(neighbours[point] ?? [], i)]));
      row.sort((a, b) => (medians.get(a) ?? 0) - (medians.get(b) ?? 0) || (places[a] ?? 0) - (places[b] ?? 0));
      number(row);
    }
    const now = crossings(rows, below, places);
    if (now >= fewest) continue;
    fewest = now;
    best = rows.map(row => [...row]);
  }
  for (const [r, row] of best.entries()) rows[r] = row;

  function medianOf(points: number[], own: number): number {
    if (points.length === 0) return own;
    const sorted = points.map(point => places[point] ?? 0).sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  }
}

/** How many pairs of edges cross, by a tree of counts (Barth, Jünger, Mutzel: Simple and efficient bilayer cross counting). */
function crossings(rows: readonly number[][], below: readonly number[][], places: Float64Array): number {
  let all = 0;
  for (const [r, row] of rows.entries()) {
    const width = rows[r + 1]?.length ?? 0;
    const counts = new Uint32Array(width + 1);
    let seen = 0;
    for (const point of row) {
      const ends = (below[point] ?? []).map(other => places[other] ?? 0);
      for (const end of ends) {
        let before = 0;
        for (let i = end + 1; i > 0; i -= i & -i) before += counts[i] ?? 0;
        all += seen - before;
      }
      for (const end of ends) {
        seen++;
        for (let i = end + 1; i <= width; i += i & -i) counts[i] = (counts[i] ?? 0) + 1;
      }
    }
  }
  return all;
}
