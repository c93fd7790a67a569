/** Finds a socket in the kernel's tables by its inode, reading each table at most once, and only when somebody asks. */

import type { FdTarget } from '@nops/core/protocol/results';
import { formatEndpoint } from './addresses.js';
import {
  type InetRow,
  parseInetTable,
  parseUnixTable,
  readTable,
  tcpStateName,
  type UnixRow,
} from './socket-tables.js';

export type Socket = { kind: 'tcp' | 'udp'; row: InetRow } | { kind: 'unix'; row: UnixRow };

/** The socket with this inode; undefined when it is in no table (netlink, packet, or another network namespace's). */
export type SocketIndex = (inode: number) => Socket | undefined;

/** An index of the sockets in the network namespace of `pid`. Tables are read in the order in which servers use them. */
export function socketIndex(pid: number): SocketIndex {
  const found = new Map<number, Socket>();
  const unread = [
    () => addInet(found, pid, 'tcp'),
    () => addInet(found, pid, 'tcp6'),
    () => addUnix(found, pid),
    () => addInet(found, pid, 'udp'),
    () => addInet(found, pid, 'udp6'),
  ];
  return inode => {
    while (!found.has(inode)) {
      const readNext = unread.shift();
      if (readNext === undefined) return undefined;
      readNext();
    }
    return found.get(inode);
  };
}

function addInet(found: Map<number, Socket>, pid: number, table: 'tcp' | 'tcp6' | 'udp' | 'udp6'): void {
  const kind = table.startsWith('tcp') ? 'tcp' : 'udp';
  for (const row of parseInetTable(readTable(pid, table).text)) {
    if (row.inode !== 0) found.set(row.inode, { kind, row });
  }
}

function addUnix(found: Map<number, Socket>, pid: number): void {
  for (const row of parseUnixTable(readTable(pid, 'unix').text)) found.set(row.inode, { kind: 'unix', row });
}

/** The inode in a link `socket:[4711]`; undefined for other links. */
export function socketInode(link: string): number | undefined {
  return link.startsWith('socket:[') ? Number.parseInt(link.slice(8), 10) : undefined;
}

/** The target that a link `socket:[4711]` stands for. */
export function describeSocket(link: string, sockets: SocketIndex): FdTarget {
  const socket = sockets(socketInode(link) ?? 0);
  if (socket === undefined) return { kind: 'socket', path: link };
  if (socket.kind === 'unix') {
    return { kind: 'unix', path: link, ...(socket.row.path === '' ? {} : { local: socket.row.path }) };
  }
  const { row, kind } = socket;
  return {
    kind,
    path: link,
    local: formatEndpoint(row.local),
    peer: formatEndpoint(row.remote),
    ...(kind === 'tcp' ? { tcpState: tcpStateName(row.state) } : {}),
    recvQ: row.rxQueue,
    sendQ: row.txQueue,
  };
}
