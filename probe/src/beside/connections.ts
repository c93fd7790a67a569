/** Groups the rows of the TCP tables by peer: what somebody on call reads first. */

import type { SocketsResult } from '@nops/core/protocol/results';
import { formatEndpoint, formatHost, portOf } from './addresses.js';
import { type InetRow, tcpStateName, timeWaitState } from './socket-tables.js';

/** A connection of the process, and who opened it. */
export interface OwnRow {
  row: InetRow;
  direction: 'in' | 'out';
}

/** Connections by peer and state, the largest group first. For `in` the peer is the host alone: its port says nothing. */
export function groupPeers(rows: OwnRow[]): SocketsResult['peers'] {
  const groups = new Map<string, SocketsResult['peers'][number]>();
  for (const { row, direction } of rows) {
    const peer = peerOf(row, direction);
    const state = tcpStateName(row.state);
    const key = `${direction} ${state} ${peer}`;
    const group = groups.get(key) ?? { peer, direction, state, count: 0, recvQ: 0, sendQ: 0 };
    groups.set(key, group);
    group.count++;
    group.recvQ += row.rxQueue;
    group.sendQ += row.txQueue;
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/**
 * Rows of `all` in TIME_WAIT. No process holds those any more, so they are told by their ends: `in` when the local port is one the
 * process listens on, or has served one of its connections on; `out` when the remote end is one it is connected to. On loopback both
 * ends of a connection are in the table, but only the one that closed first waits, and it counts for one direction only. Another
 * process in this network namespace that calls the same peer can't be told from this one.
 */
export function groupTimeWait(all: InetRow[], own: OwnRow[], listeningPorts: Set<number>): SocketsResult['timeWait'] {
  const served = new Set(listeningPorts);
  const called = new Set<string>();
  for (const { row, direction } of own) {
    if (direction === 'in') served.add(portOf(row.local));
    else called.add(formatEndpoint(row.remote));
  }
  const groups = new Map<string, SocketsResult['timeWait'][number]>();
  for (const row of all) {
    if (row.state !== timeWaitState) continue;
    const direction = served.has(portOf(row.local)) ? 'in' : called.has(formatEndpoint(row.remote)) ? 'out' : undefined;
    if (direction === undefined) continue;
    const peer = peerOf(row, direction);
    const group = groups.get(`${direction} ${peer}`) ?? { peer, direction, count: 0 };
    groups.set(`${direction} ${peer}`, group);
    group.count++;
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

function peerOf(row: InetRow, direction: 'in' | 'out'): string {
  return direction === 'in' ? formatHost(row.remote) : formatEndpoint(row.remote);
}
