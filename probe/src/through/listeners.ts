/** The TCP ports that a process listens on, and those that others of its network namespace do. */

import { portOf } from '../beside/addresses.js';
import { listNumbers, tryReadLink } from '../beside/procfs.js';
import { listenState, parseInetTable, readTable } from '../beside/socket-tables.js';

export interface Listeners {
  own: Set<number>;
  others: Set<number>;
}

/** Matched by the inodes of its descriptors. Throws like `listNumbers`. */
export function readListeners(pid: number): Listeners {
  const inodes = new Set<number>();
  for (const fd of listNumbers(pid, 'fd')) {
    const inode = /^socket:\[(\d+)\]$/.exec(tryReadLink(pid, `fd/${fd}`) ?? '')?.[1];
    if (inode !== undefined) inodes.add(Number(inode));
  }
  const result: Listeners = { own: new Set(), others: new Set() };
  for (const table of ['tcp', 'tcp6']) {
    for (const { local, state, inode } of parseInetTable(readTable(pid, table).text)) {
      if (state !== listenState) continue;
      (inodes.has(inode) ? result.own : result.others).add(portOf(local));
    }
  }
  return result;
}
