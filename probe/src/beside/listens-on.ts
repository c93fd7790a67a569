/** Whether a process listens on a unix socket: the kernel knows, whatever the process says. */

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { orUndefined, procPath, tryReadLink } from './procfs.js';
import { parseUnixTable, readTable } from './socket-tables.js';

/**
 * Whether one of the descriptors of `pid` is a socket that listens under this file name, in any folder: a process may know the folder by
 * another name. undefined where the kernel does not show its descriptors, or the sockets of its network namespace.
 */
export function listensOn(pid: number, fileName: string): boolean | undefined {
  const { text } = readTable(pid, 'unix');
  const descriptors = orUndefined(() => readdirSync(`${procPath(pid)}/fd`));
  if (text === '' || descriptors === undefined) return undefined;
  const links = listeners(text, fileName);
  let areShown = false;
  for (const fd of descriptors) {
    const link = tryReadLink(pid, `fd/${fd}`);
    if (link !== undefined && links.has(link)) return true;
    // Their numbers are shown to the user of the process, what they are only to who has ptrace's rights.
    areShown ||= link !== undefined;
    if (areShown && links.size === 0) break;
  }
  return areShown ? false : undefined;
}

/** As /proc/PID/fd names them. */
function listeners(table: string, fileName: string): Set<string> {
  // Before the rows are taken apart: there may be 100,000.
  if (!table.includes(fileName)) return new Set();
  const rows = parseUnixTable(table).filter(row => row.listening && basename(row.path) === fileName);
  return new Set(rows.map(row => `socket:[${row.inode}]`));
}
