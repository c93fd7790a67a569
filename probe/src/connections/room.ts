/**
 * How many connections a listener may hold: shares of the descriptors that the process has free, since the app needs the same ones. The limit
 * is often 1024, in small containers 64.
 */

import { ownFreeDescriptors } from '../beside/own-descriptors.js';
import type { Room } from './places.js';

export interface Shares {
  /** How long a connection may take to show who it is, in milliseconds. */
  provenWithinMs: number;
  /** Of the free descriptors, and how many there are at least and at most. */
  unproven: { share: number; min: number; max: number };
  total: { share: number; min: number; max: number };
}

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
