/** Connections by peer: opened, reused, how long connecting and handshakes took, how long they lived. */

import { ticksPerMs } from '../format.js';
import type { Connection, Trace } from '../model.js';

export interface PeerConnections {
  /** `(incoming)` for all that came in. */
  peer: string;
  opened: number;
  /** With a TLS handshake. */
  handshakes: number;
  closed: number;
  requests: number;
  /** Connections opened for each request: near 0 when they are reused, 1 when none is. null without requests. */
  openedPerRequest: number | null;
  /** Mean, from open until it could be used; null when none was seen. */
  readyMs: number | null;
  /** Mean of those that were opened and closed in the trace. */
  lifetimeMs: number | null;
}

interface Sums extends Pick<PeerConnections, 'opened' | 'handshakes' | 'closed' | 'requests'> {
  ready: number;
  readyTicks: number;
  lived: number;
  livedTicks: number;
}

export function connectionsByPeer(trace: Trace): PeerConnections[] {
  const peers = new Map<string, Sums>();
  for (const connection of trace.connections()) {
    const peer = connection.incoming ? '(incoming)' : connection.peer;
    if (peer === '') continue;
    let sums = peers.get(peer);
    if (sums === undefined) {
      sums = { opened: 0, handshakes: 0, closed: 0, requests: 0, ready: 0, readyTicks: 0, lived: 0, livedTicks: 0 };
      peers.set(peer, sums);
    }
    count(sums, connection);
  }
  return [...peers]
    .map(([peer, sums]) => describe(peer, sums))
    .sort((a, b) => b.opened - a.opened || b.requests - a.requests);
}

function count(sums: Sums, { opened, ready, closed, secure, requests }: Connection): void {
  sums.requests += requests;
  if (closed > 0) sums.closed++;
  if (opened === 0) return;
  sums.opened++;
  if (ready > 0) {
    sums.ready++;
    sums.readyTicks += ready - opened;
    if (secure) sums.handshakes++;
  }
  if (closed > 0) {
    sums.lived++;
    sums.livedTicks += closed - opened;
  }
}

function describe(peer: string, sums: Sums): PeerConnections {
  const { opened, handshakes, closed, requests } = sums;
  return {
    peer,
    opened,
    handshakes,
    closed,
    requests,
    openedPerRequest: requests === 0 ? null : opened / requests,
    readyMs: meanMs(sums.readyTicks, sums.ready),
    lifetimeMs: meanMs(sums.livedTicks, sums.lived),
  };
}

function meanMs(ticks: number, count: number): number | null {
  return count === 0 ? null : ticks / count / ticksPerMs;
}
