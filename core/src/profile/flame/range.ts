/** The part of a profile that a flame graph shows from left to right, in units of the sample type, and how it is moved and zoomed. */

export interface FlameRange {
  from: number;
  to: number;
}

/** How far one can zoom in: this part of the whole. A double still tells the edges of its pixels apart. */
const smallestPart = 1e-9;

/** `factor` times as much around `at`, which stays where it is on the screen; never more than the whole. */
export function zoomRange({ from, to }: FlameRange, total: number, at: number, factor: number): FlameRange {
  const size = Math.min(total, Math.max(total * smallestPart, (to - from) * factor));
  const share = to > from ? (at - from) / (to - from) : 0;
  return moveRange({ from: at - share * size, to: at + (1 - share) * size }, total, 0);
}

/** Moved by `delta`, and no further than the edges of the whole. */
export function moveRange({ from, to }: FlameRange, total: number, delta: number): FlameRange {
  const size = Math.min(total, to - from);
  const start = Math.min(Math.max(0, from + delta), total - size);
  return { from: start, to: start + size };
}

/** Moved as little as needed to show `wanted`; that alone, when it does not fit. */
export function revealRange(range: FlameRange, total: number, wanted: FlameRange): FlameRange {
  if (wanted.to - wanted.from > range.to - range.from) return wanted;
  if (wanted.from < range.from) return moveRange(range, total, wanted.from - range.from);
  return wanted.to > range.to ? moveRange(range, total, wanted.to - range.to) : range;
}
