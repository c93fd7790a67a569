/** The kind of a descriptor, from its link in /proc/PID/fd and, for a path, from stat(2). */

import type { Stats } from 'node:fs';
import type { FdKind } from '@nops/core/protocol/results';

const anonymous: Record<string, FdKind> = {
  'anon_inode:[eventpoll]': 'eventpoll',
  'anon_inode:[eventfd]': 'eventfd',
  'anon_inode:[io_uring]': 'io_uring',
  'anon_inode:inotify': 'inotify', // fs/notify/inotify/inotify_user.c: the one without brackets until Linux 6.x
  'anon_inode:[inotify]': 'inotify',
};

/** The kind a link's text tells by itself; undefined for a path, which can be a file, a folder, a device or a named FIFO. */
export function kindOfLink(link: string): FdKind | undefined {
  if (link.startsWith('/memfd:')) return 'anon';
  if (link.startsWith('/')) return undefined;
  if (link.startsWith('pipe:[')) return 'pipe';
  if (link.startsWith('socket:[')) return 'socket';
  if (link.startsWith('anon_inode:')) return anonymous[link] ?? 'anon';
  return 'unknown';
}

/** The kind of what a path leads to. */
export function kindOfStat(stats: Stats): FdKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return 'device';
  return 'unknown';
}
