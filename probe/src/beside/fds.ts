/** What a process has open: the links in /proc/PID/fd, proc_pid_fd(5). Nothing is opened here, and nothing that could wait is asked. */

import { readlinkSync, statSync } from 'node:fs';
import type { FdKind, FdsResult, FdTarget } from '@nops/core/protocol/results';
import { kindOfLink, kindOfStat } from './fd-kinds.js';
import { listNumbers, orUndefined, procPath, readText } from './procfs.js';
import { type SlowMounts, slowMounts } from './slow-mounts.js';
import { describeSocket, type SocketIndex, socketIndex } from './socket-index.js';

/** Descriptors in the list; more than these are only counted. */
const maxListedFds = 10_000;

/** Descriptors whose kind is found out; the rest is counted as open only. */
const maxClassifiedFds = 100_000;

/**
 * Open descriptors of `pid`, by kind, against its limit (null: unlimited). `notes` says when there were too many to list.
 * Throws `no-target`, `no-permission`, `impossible`.
 */
export function readFds(pid: number): Omit<FdsResult, 'schema' | 'pid' | 'way'> {
  const numbers = listNumbers(pid, 'fd');
  const describe = describer(pid, socketIndex(pid));
  const fds: FdsResult['fds'] = [];
  const counts = new Map<FdKind, number>();
  let open = numbers.length;
  for (const fd of numbers.slice(0, maxClassifiedFds)) {
    const target = describe(fd);
    if (target === undefined) {
      open--; // closed since the folder was read; in our own process that is the folder itself
      continue;
    }
    counts.set(target.kind, (counts.get(target.kind) ?? 0) + 1);
    if (fds.length < maxListedFds) fds.push({ fd, target });
  }
  const kinds = [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count);
  return { open, limit: readFdLimit(pid), kinds, fds, notes: notesFor(open, fds.length) };
}

function notesFor(open: number, listed: number): string[] {
  const notes: string[] = [];
  if (open > listed) notes.push(`Only the first ${listed} of ${open} descriptors are listed.`);
  if (open > maxClassifiedFds) notes.push(`Kinds were counted for the first ${maxClassifiedFds} descriptors only.`);
  return notes;
}

/** `RLIMIT_NOFILE` of `pid`: proc_pid_limits(5). Throws like `readText`. */
export function readFdLimit(pid: number): FdsResult['limit'] {
  return parseFdLimit(readText(pid, 'limits'));
}

/** `Max open files            1024                 524288               files`; null: unlimited. */
export function parseFdLimit(limits: string): FdsResult['limit'] {
  const match = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits);
  const value = (text: string | undefined): number | null =>
    text === undefined || text === 'unlimited' ? null : Number(text);
  return { soft: value(match?.[1]), hard: value(match?.[2]) };
}

/**
 * What descriptor `fd` of `pid` stands for; kind `unknown` with an empty path when it is not open. For many at once use `readFds`.
 * Throws `no-target`, `no-permission`, `impossible`.
 */
export function describeFd(pid: number, fd: number): FdTarget {
  return fdDescriber(pid)(fd);
}

/** The same for several descriptors: the kernel's tables of connections are read once for all. */
export function fdDescriber(pid: number): (fd: number) => FdTarget {
  const describe = describer(pid, socketIndex(pid));
  return fd => {
    const target = describe(fd);
    if (target !== undefined) return target;
    listNumbers(pid, 'fd'); // says why, unless it is only this descriptor that is not there
    return { kind: 'unknown', path: '' };
  };
}

/** A function that describes descriptors of `pid` one by one; undefined for those that are not open (any more). */
function describer(pid: number, sockets: SocketIndex): (fd: number) => FdTarget | undefined {
  let mounts: SlowMounts | undefined;
  return fd => {
    const link = `${procPath(pid)}/fd/${fd}`;
    const path = orUndefined(() => readlinkSync(link));
    if (path === undefined) return undefined;
    if (path.startsWith('socket:[')) return describeSocket(path, sockets);
    const kind = kindOfLink(path);
    if (kind !== undefined) return { kind, path };
    mounts ??= slowMounts(pid);
    // stat follows the link without opening what it leads to, but asks the file's server, which may not answer.
    if (mounts.holds(fd)) return { kind: mounts.isDirectory(fd) ? 'directory' : 'file', path };
    const stats = orUndefined(() => statSync(link));
    return { kind: stats === undefined ? 'unknown' : kindOfStat(stats), path };
  };
}
