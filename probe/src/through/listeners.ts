/** The TCP ports that a process listens on, and those that others of its network namespace do. */

import { formatHost, portOf } from '../beside/addresses.js';
import { listNumbers, tryReadLink } from '../beside/procfs.js';
import { listenState, parseInetTable, readTable } from '../beside/socket-tables.js';
import { isLoopback } from './inspect-port.js';

export interface Listeners {
  own: Set<number>;
  /** Of its own, those that others than this machine can connect to, by their address. */
  reachable: Map<number, string>;
  others: Set<number>;
}

/** Matched by the inodes of its descriptors. Throws like `listNumbers`. */
export function readListeners(pid: number): Listeners {
  const inodes = new Set<number>();
  for (const fd of listNumbers(pid, 'fd')) {
    const inode = /^socket:\[(\d+)\]$/.exec(tryReadLink(pid, `fd/${fd}`) ?? '')?.[1];
    if (inode !== undefined) inodes.add(Number(inode));
  }
  const result: Listeners = { own: new Set(), reachable: new Map(), others: new Set() };
  for (const table of ['tcp', 'tcp6']) {
    for (const { local, state, inode } of parseInetTable(readTable(pid, table).text)) {
      if (state !== listenState) continue;
      const port = portOf(local);
      if (!inodes.has(inode)) {
        result.others.add(port);
        continue;
      }
      result.own.add(port);
      const host = formatHost(local).replace(/^\[|\]$/g, '');
      if (!isLoopback(host)) result.reachable.set(port, host);
    }
  }
  return result;
}
