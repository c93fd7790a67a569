/**
 * Which processes of this machine have a pipe, FIFO or socket open: all links in /proc/PID/fd are compared with what is sought. Nothing is
 * opened; no server of a file system is asked, unless a file has the very inode number that is sought.
 */

import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { listPids, orUndefined, readProcFile } from './procfs.js';

/** What is sought: the link tells pipes and sockets (`pipe:[45]`, `socket:[7]`); FIFOs have a path, which may differ, and an inode. */
export type Sought = { link: string } | { path: string; device: bigint; inode: bigint };

export interface Holder {
  pid: number;
  fd: number;
  /** From the way it was opened; a socket is both. */
  reads: boolean;
  writes: boolean;
}

export interface Holders {
  /** For each sought thing, in order. */
  holders: Holder[][];
  /** False when a bound was reached before all descriptors were seen. */
  complete: boolean;
  /** Processes whose descriptors we may not see. */
  closed: number;
}

const maxDescriptors = 200_000;
const maxSearchMs = 1000;
const maxHoldersEach = 64;

/** Some 5 µs for a descriptor, 10 µs for one with a path when a FIFO is sought. Throws `impossible` but on Linux. */
export function findHolders(sought: Sought[]): Holders {
  const result: Holders = { holders: sought.map(() => []), complete: true, closed: 0 };
  const deadline = performance.now() + maxSearchMs;
  let seen = 0;
  for (const pid of listPids()) {
    const fds = orUndefined(() => readdirSync(`/proc/${pid}/fd`));
    if (fds === undefined) result.closed++;
    for (const fd of fds ?? []) {
      if (++seen > maxDescriptors || performance.now() > deadline) return { ...result, complete: false };
      compare(pid, fd, sought, result.holders);
    }
  }
  return result;
}

function compare(pid: number, fd: string, sought: Sought[], holders: Holder[][]): void {
  const link = orUndefined(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
  if (link === undefined) return;
  sought.forEach((thing, index) => {
    const found = holders[index];
    if (found === undefined || found.length >= maxHoldersEach) return;
    const same = 'link' in thing ? link === thing.link : link.startsWith('/') && isFifo(pid, fd, link, thing);
    if (same) found.push({ pid, fd: Number(fd), ...accessOf(pid, fd) });
  });
}

/** The inode in fdinfo (Linux 5.14) rules out nearly all; before that only the same path counts. */
function isFifo(pid: number, fd: string, link: string, sought: Exclude<Sought, { link: string }>): boolean {
  const inode = /^ino:\s*(\d+)$/m.exec(infoOf(pid, fd))?.[1];
  if (inode === undefined ? link !== sought.path : BigInt(inode) !== sought.inode) return false;
  const stats = orUndefined(() => statSync(`/proc/${pid}/fd/${fd}`, { bigint: true }));
  return stats?.isFIFO() === true && stats.ino === sought.inode && stats.dev === sought.device;
}

/** The two lowest bits of the flags, in octal: O_RDONLY 0, O_WRONLY 1, O_RDWR 2. proc_pid_fdinfo(5). */
function accessOf(pid: number, fd: string): { reads: boolean; writes: boolean } {
  const flags = /^flags:\s*(\d+)$/m.exec(infoOf(pid, fd))?.[1];
  if (flags === undefined) return { reads: true, writes: true };
  const mode = Number.parseInt(flags, 8) & 3;
  return { reads: mode !== 1, writes: mode !== 0 };
}

function infoOf(pid: number, fd: string): string {
  return orUndefined(() => readProcFile(`/proc/${pid}/fdinfo/${fd}`)) ?? '';
}
