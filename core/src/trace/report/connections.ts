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

export function connectionsByPeer(trace: Trace): PeerConnections[] {
  const peers = new Map<string, Connection[]>();
  for (const connection of trace.connections) {
    const peer = connection.incoming ? '(incoming)' : connection.peer;
    if (peer === '') continue;
    const list = peers.get(peer);
    if (list === undefined) peers.set(peer, [connection]);
    else list.push(connection);
  }
  return [...peers]
    .map(([peer, list]) => describe(peer, list))
    .sort((a, b) => b.opened - a.opened || b.requests - a.requests);
}

function describe(peer: string, list: Connection[]): PeerConnections {
  const opened = list.filter(connection => connection.opened > 0);
  const ready = opened.filter(connection => connection.ready > 0);
  const lived = opened.filter(connection => connection.closed > 0);
  const requests = list.reduce((sum, connection) => sum + connection.requests, 0);
  return {
    peer,
    opened: opened.length,
    handshakes: ready.filter(connection => connection.secure).length,
    closed: list.filter(connection => connection.closed > 0).length,
    requests,
    openedPerRequest: requests === 0 ? null : opened.length / requests,
    readyMs: mean(ready.map(connection => connection.ready - connection.opened)),
    lifetimeMs: mean(lived.map(connection => connection.closed - connection.opened)),
  };
}

function mean(ticks: number[]): number | null {
  return ticks.length === 0 ? null : ticks.reduce((sum, value) => sum + value, 0) / ticks.length / ticksPerMs;
}
