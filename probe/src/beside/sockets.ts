/** The sockets of a process: the links in its /proc/PID/fd joined with the kernel's tables by inode. */

import { readlinkSync } from 'node:fs';
import type { SocketEntry, SocketsResult } from '@nops/core/protocol/results';
import { formatEndpoint, portOf } from './addresses.js';
import { groupPeers, groupTimeWait, type OwnRow } from './connections.js';
import { listNumbers, orUndefined, procPath } from './procfs.js';
import { socketInode } from './socket-index.js';
import {
  type InetRow,
  listenState,
  parseInetTable,
  parseUnixTable,
  readTable,
  tcpStateName,
  type UnixRow,
} from './socket-tables.js';

/** Sockets in the list; more than these are only counted in the groups. */
const maxListedSockets = 10_000;

/**
 * TCP and unix sockets of `pid`, its listeners, its connections by peer, and those that ended lately. recvQ and sendQ in bytes; of a
 * listener recvQ is the number of connections that wait to be accepted. The kernel does not tell the queues of unix sockets here: 0.
 * Throws `no-target`, `no-permission`, `impossible`.
 */
export function readSockets(pid: number): Omit<SocketsResult, 'schema' | 'pid' | 'way'> {
  const fds = socketFds(pid);
  const unix = fds.size === 0 ? [] : parseUnixTable(readTable(pid, 'unix').text).filter(row => fds.has(row.inode));
  // The tables of TCP cost the kernel some 10 ms whatever is in them, so they are read only for sockets that are not in the other.
  const others = fds.size > new Set(unix.map(row => row.inode)).size;
  const tables = others ? ['tcp', 'tcp6'].map(name => readTable(pid, name)) : [];
  const rows = tables.flatMap(table => parseInetTable(table.text));
  const own = rows.filter(row => row.inode !== 0 && fds.has(row.inode));
  const directed = direct(own, rows);
  const sockets = listSockets(fds, own, unix);
  const notes = tables.some(table => table.cut)
    ? ['The kernel lists too many connections; those at the end were not read.']
    : [];
  if (sockets.length > maxListedSockets) {
    notes.push(`Only the first ${maxListedSockets} of ${sockets.length} sockets are listed; the groups hold all.`);
  }
  return {
    sockets: sockets.slice(0, maxListedSockets),
    listeners: own
      .filter(row => row.state === listenState)
      .map(row => ({ local: formatEndpoint(row.local), acceptQueue: row.rxQueue })),
    peers: groupPeers(directed),
    timeWait: groupTimeWait(rows, directed, portsOf(own)),
    unix: groupUnix(unix),
    notes,
  };
}

/** Descriptors by the inode of the socket they stand for; several when it was duplicated. */
function socketFds(pid: number): Map<number, number[]> {
  const result = new Map<number, number[]>();
  for (const fd of listNumbers(pid, 'fd')) {
    const inode = socketInode(orUndefined(() => readlinkSync(`${procPath(pid)}/fd/${fd}`)) ?? '');
    if (inode === undefined) continue;
    const fds = result.get(inode);
    if (fds === undefined) result.set(inode, [fd]);
    else fds.push(fd);
  }
  return result;
}

/**
 * Says of each connection who opened it: `in` when somebody in this network namespace listens on its local port. Not only the process
 * itself: a cluster's workers serve connections whose listener their primary holds, and the kernel gives no outgoing connection a port
 * that is bound.
 */
function direct(own: InetRow[], all: InetRow[]): OwnRow[] {
  const ports = portsOf(all);
  return own
    .filter(row => row.state !== listenState)
    .map(row => ({ row, direction: ports.has(portOf(row.local)) ? 'in' : 'out' }));
}

function portsOf(rows: InetRow[]): Set<number> {
  return new Set(rows.filter(row => row.state === listenState).map(row => portOf(row.local)));
}

function listSockets(fds: Map<number, number[]>, inet: InetRow[], unix: UnixRow[]): SocketEntry[] {
  const entries: SocketEntry[] = [];
  for (const row of inet) {
    for (const fd of fds.get(row.inode) ?? []) entries.push(inetEntry(fd, row));
  }
  for (const row of unix) {
    for (const fd of fds.get(row.inode) ?? []) entries.push(unixEntry(fd, row));
  }
  return entries.sort((a, b) => a.fd - b.fd);
}

function inetEntry(fd: number, row: InetRow): SocketEntry {
  return {
    fd,
    kind: 'tcp',
    inode: row.inode,
    state: tcpStateName(row.state),
    local: formatEndpoint(row.local),
    peer: row.state === listenState ? '' : formatEndpoint(row.remote),
    recvQ: row.rxQueue,
    sendQ: row.txQueue,
  };
}

function unixEntry(fd: number, row: UnixRow): SocketEntry {
  return { fd, kind: 'unix', inode: row.inode, state: row.state, local: row.path, peer: '', recvQ: 0, sendQ: 0 };
}

function groupUnix(rows: UnixRow[]): SocketsResult['unix'] {
  const groups = new Map<string, SocketsResult['unix'][number]>();
  for (const { path, state } of rows) {
    const group = groups.get(`${state} ${path}`);
    if (group === undefined) groups.set(`${state} ${path}`, { path, state, count: 1 });
    else group.count++;
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
