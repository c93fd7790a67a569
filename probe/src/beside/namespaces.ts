/** Whether a process sees the same files and pids as we do: namespaces(7). */

import { readlinkSync } from 'node:fs';
import { orUndefined, procPath, tryReadLink } from './procfs.js';

/** Whether `pid` is in our namespace of this type; undefined when the kernel does not let us compare. */
export function sharesNamespace(pid: number, type: 'mnt' | 'pid' | 'net'): boolean | undefined {
  if (pid === process.pid) return true;
  const own = orUndefined(() => readlinkSync(`/proc/self/ns/${type}`));
  const other = tryReadLink(pid, `ns/${type}`);
  return own === undefined || other === undefined ? undefined : own === other;
}

/**
 * What to put before a path as `pid` sees it to reach the same file from here: empty when it has our files, else `/proc/PID/root`
 * (containers, PrivateTmp of systemd, chroot). Empty too when we may not know: then we could not read through it either.
 */
export function rootPrefix(pid: number): string {
  if (pid === process.pid) return '';
  const root = tryReadLink(pid, 'root');
  if (root === undefined) return '';
  return sharesNamespace(pid, 'mnt') === false || root !== '/' ? `${procPath(pid)}/root` : '';
}

/** The initial pid namespace: PROC_PID_INIT_INO of include/linux/proc_ns.h. In it every process of the machine has a pid. */
const initialPidNamespace = 'pid:[4026531836]';

/** Whether we see every process of the machine. */
export function seesAllProcesses(): boolean {
  return orUndefined(() => readlinkSync('/proc/self/ns/pid')) === initialPidNamespace;
}
