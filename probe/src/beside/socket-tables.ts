/**
 * The kernel's socket tables, /proc/PID/net/{tcp,tcp6,udp,udp6,unix}: all sockets of the network namespace that `pid` is in, also
 * those of other processes. proc_pid_net(5), Documentation/networking/proc_net_tcp.rst.
 *
 *     sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
 *      0: 0100007F:1F90 0100007F:A2B4 01 00000000:00000005 00:00000000 00000000     0        0 4711 1 ...
 *         |<- fixed widths from the first colon on ------------------------------>|
 */

import { closeSync, openSync, readSync } from 'node:fs';
import type { TcpState } from '@nops/core/protocol/results';
import { orUndefined, procPath } from './procfs.js';

export interface InetRow {
  /** Endpoints in the kernel's notation; see addresses.ts. */
  local: string;
  remote: string;
  /** enum in include/net/tcp_states.h; see `tcpStateName`. */
  state: number;
  /** Bytes written and not yet acknowledged. */
  txQueue: number;
  /** Bytes received and not yet read; of a listener: connections waiting to be accepted. */
  rxQueue: number;
  /** 0 when no process holds it any more (TIME_WAIT, and closed sockets that still say goodbye). */
  inode: number;
}

export interface UnixRow {
  inode: number;
  /** Empty for a socket without a name; `@name` for an abstract one. */
  path: string;
  listening: boolean;
  state: string;
}

/** At most this much of one table is read: some 400,000 connections. */
export const maxTableBytes = 64 << 20;

export const listenState = 10;
export const timeWaitState = 6;

const tcpStates: readonly TcpState[] = [
  'UNKNOWN',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
];

/** The name, as in `ss`, of a state in the tables. */
export function tcpStateName(state: number): TcpState {
  return tcpStates[state] ?? 'UNKNOWN';
}

/**
 * The text of a table in the network namespace of `pid`, and whether it was cut at `maxTableBytes`. Empty when the kernel does not
 * have it (no IPv6) or does not show it.
 */
export function readTable(pid: number, name: string): { text: string; cut: boolean } {
  return orUndefined(() => readAtMost(`${procPath(pid)}/net/${name}`, maxTableBytes)) ?? { text: '', cut: false };
}

function readAtMost(path: string, limit: number): { text: string; cut: boolean } {
  const file = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    while (total < limit) {
      const chunk = Buffer.allocUnsafe(1 << 16);
      const length = readSync(file, chunk);
      if (length === 0) return { text: Buffer.concat(chunks, total).toString(), cut: false };
      chunks.push(chunk.subarray(0, length));
      total += length;
    }
    const text = Buffer.concat(chunks, total).toString();
    return { text: text.slice(0, text.lastIndexOf('\n') + 1), cut: true };
  } finally {
    closeSync(file);
  }
}

/** The rows of a tcp, tcp6, udp or udp6 table. Lines of another shape are left out. */
export function parseInetTable(text: string): InetRow[] {
  const rows: InetRow[] = [];
  for (const line of text.split('\n')) {
    const row = parseInetLine(line);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

/** One row of a tcp or udp table; undefined for the heading. No regular expression: there can be hundreds of thousands. */
function parseInetLine(line: string): InetRow | undefined {
  const local = line.indexOf(':') + 2;
  const width = line.indexOf(':', local) + 5 - local; // address, colon, 4 digits
  if (width !== 13 && width !== 37) return undefined;
  const remote = local + width + 1;
  const state = remote + width + 1;
  const queues = state + 3;
  // After the queues: ` tr:when`, ` retrnsmt`, then the three numbers uid, timeout, inode, each padded to the left.
  const inode = numberAfter(line, queues + 17 + 12 + 9, 2);
  if (inode === undefined) return undefined;
  return {
    local: line.slice(local, local + width),
    remote: line.slice(remote, remote + width),
    state: Number.parseInt(line.slice(state, state + 2), 16),
    txQueue: Number.parseInt(line.slice(queues, queues + 8), 16),
    rxQueue: Number.parseInt(line.slice(queues + 9, queues + 17), 16),
    inode,
  };
}

/** The number in `line` from `at` on after skipping `skip` words; undefined when there is none. */
function numberAfter(line: string, at: number, skip: number): number | undefined {
  let position = skipSpaces(line, at);
  for (let word = 0; word < skip; word++) {
    const end = line.indexOf(' ', position);
    if (end < 0) return undefined;
    position = skipSpaces(line, end);
  }
  const value = Number.parseInt(line.slice(position, position + 20), 10);
  return Number.isNaN(value) ? undefined : value;
}

function skipSpaces(line: string, at: number): number {
  let position = at;
  while (line.charCodeAt(position) === 32) position++;
  return position;
}

/** enum socket_state, include/uapi/linux/net.h. */
const unixStates = ['FREE', 'UNCONNECTED', 'CONNECTING', 'CONNECTED', 'DISCONNECTING'];

/** __SO_ACCEPTCON, include/uapi/linux/net.h. */
const acceptsConnections = 0x10000;

/** The rows of the unix table: `Num: RefCount Protocol Flags Type St Inode Path`. The path may hold spaces. */
export function parseUnixTable(text: string): UnixRow[] {
  const rows: UnixRow[] = [];
  for (const line of text.split('\n')) {
    const match = /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]+) [0-9A-F]+ ([0-9A-F]+) +(\d+)(?: (.*))?$/i.exec(line);
    if (match === null) continue;
    const listening = (Number.parseInt(match[1] ?? '', 16) & acceptsConnections) !== 0;
    const state = listening ? 'LISTEN' : (unixStates[Number.parseInt(match[2] ?? '', 16)] ?? 'UNKNOWN');
    rows.push({ inode: Number(match[3]), path: match[4] ?? '', listening, state });
  }
  return rows;
}
