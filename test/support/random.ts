/** mulberry32: the same numbers for the same seed. */

/** Numbers in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whole numbers below one that is given each time. */
export function randomNumbers(seed: number): (below: number) => number {
  const random = randomFrom(seed);
  return below => Math.floor(random() * below);
}
