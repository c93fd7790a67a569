/**
 * How many connections a listener may hold: shares of the descriptors that the process has free, since the app needs the same ones. The limit
 * is often 1024, in small containers 64.
 */

import { ownFreeDescriptors } from '../beside/own-descriptors.js';
import type { Room } from './places.js';

export interface Shares {
  /** Of the free descriptors, and how many there are at least and at most. */
  unproven: { share: number; min: number; max: number };
  total: { share: number; min: number; max: number };
}

/** Anybody can connect: never more than an eighth of what is free, and none when that is nothing. */
export const tcpShares: Shares = {
  unproven: { share: 1 / 8, min: 0, max: 32 },
  total: { share: 1 / 2, min: 0, max: 128 },
};

/** Only the process's own user can. A few always may: `nops fds` is for processes that have no descriptors left. */
export const socketShares: Shares = {
  unproven: { share: 1 / 4, min: 4, max: 128 },
  total: { share: 1 / 2, min: 8, max: 128 },
};

/** Anybody on the machine can connect to the page of `nops ui`, whose process has nothing else to do. A browser needs six. */
export const pageShares: Shares = {
  unproven: { share: 1 / 4, min: 4, max: 256 },
  total: { share: 1 / 2, min: 8, max: 512 },
};

/** Counting takes 5 ms where 10,000 are open. */
const countEveryMs = 200;
let counted = { atMs: Number.NEGATIVE_INFINITY, free: 0 };

/** `own`: the connections that the listener holds already; they are counted as free. */
export function roomFor(shares: Shares, own: number): Room {
  const now = performance.now();
  if (now - counted.atMs > countEveryMs) counted = { atMs: now, free: ownFreeDescriptors() };
  const free = counted.free + own;
  const bound = ({ share, min, max }: Shares['total']) => Math.min(max, Math.max(min, Math.floor(free * share)));
  return { unproven: bound(shares.unproven), total: bound(shares.total) };
}
