/**
 * Opens files whose names come from another process or from a file: executables, libraries, scripts, packages, source maps, repositories,
 * announcements. Such a name may lead to a FIFO, a device, the kernel's log, or a server that never answers. So a path is walked one part at
 * a time with O_PATH, which opens nothing: open(2), proc_pid_fd(5). Only what proves to be a regular file of a real file system is opened
 * then, through the descriptor that was looked at: whatever has the name meanwhile, it is the same file.
 */

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { O_PATH } from './connect-socket.js';
import { orUndefined } from './procfs.js';
import { readUpTo } from './read-bounded.js';
import { mountsSeenBy, type SeenMounts } from './slow-mounts.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/** As the kernel has it: MAXSYMLINKS of include/linux/namei.h. */
const maxLinks = 40;
/** Each part of a path holds a descriptor while it is walked. */
const maxDepth = 128;

/** include/uapi/linux/magic.h. */
const PROC_SUPER_MAGIC = 0x9fa0;
const TMPFS_MAGIC = 0x01021994;
const RAMFS_MAGIC = 0x858458f6;
const EFIVARFS_MAGIC = 0xde5e81e4;

/** Why a file is not opened. Its code is an errno, as of what the kernel refuses. */
export class ForeignFileError extends Error {
  override name = 'ForeignFileError';
  readonly code: string;

  constructor(code: string, why: string) {
    super(why);
    this.code = code;
  }
}

/** Which links are followed: `all`, all but one that the path ends in, or `none`. Those that the kernel makes in /proc never are. */
export type FollowedLinks = 'all' | 'before-last' | 'none';

export interface OpenFile {
  descriptor: number;
  stats: Stats;
}

/**
 * Opens the regular file at `path` for reading; never waits. A path may begin with `/proc/PID/root` for a file as that process sees it:
 * then links lead within its root. `/proc/PID/exe` is that process's executable. Throws `ForeignFileError`, and what open(2) refuses.
 */
export function openForeign(path: string, follow: FollowedLinks = 'all'): OpenFile {
  if (!hasProc) return openWithoutProc(path, follow);
  const { descriptor: place } = locate(path, follow);
  try {
    const stats = fstatSync(place);
    requireFile(stats);
    requireRealFileSystem(place);
    return { descriptor: openSync(`/proc/self/fd/${place}`, O_RDONLY | O_NONBLOCK | O_NOCTTY), stats };
  } finally {
    closeSync(place);
  }
}

/** The text of the file at `path`; undefined when it can't be opened or has more than `maxBytes`. */
export function readForeign(path: string, maxBytes: number, follow: FollowedLinks = 'all'): string | undefined {
  return orUndefined(() => readForeignOrThrow(path, maxBytes, follow));
}

/** The same; throws what says why. */
export function readForeignOrThrow(path: string, maxBytes: number, follow: FollowedLinks = 'all'): string {
  const { descriptor, stats } = openForeign(path, follow);
  try {
    const bytes = stats.size > maxBytes ? undefined : readUpTo(descriptor, maxBytes);
    if (bytes === undefined)
      throw new ForeignFileError('EFBIG', `it has ${stats.size} bytes, more than are shown or looked through`);
    return bytes.toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}

export interface Seen {
  stats: Stats;
  /** Where it is within its root, without links. */
  path: string;
}

/** What is at `path`, of whatever kind, without opening it; undefined when there is nothing, or nothing that may be looked at. */
export function lookAtForeign(path: string, follow: FollowedLinks = 'all'): Seen | undefined {
  return orUndefined(() => lookAtForeignOrThrow(path, follow));
}

/** The same; throws what says why. */
export function lookAtForeignOrThrow(path: string, follow: FollowedLinks = 'all'): Seen {
  if (!hasProc) return lookWithoutProc(path, follow);
  const { descriptor, path: real } = locate(path, follow);
  try {
    return { stats: fstatSync(descriptor), path: real };
  } finally {
    closeSync(descriptor);
  }
}

const hasProc = existsSync('/proc/self/fd');

interface Located {
  /** Of O_PATH. */
  descriptor: number;
  path: string;
}

function locate(path: string, follow: FollowedLinks): Located {
  if (path.includes('\0')) throw new ForeignFileError('ENOENT', 'no file is called like that');
  const [, owner, part, rest] = /^(\/proc\/(?:\d+|self))\/(exe|root)(\/.*)?$/s.exec(path) ?? [];
  const start = openSync(owner === undefined ? '/' : `${owner}/${part}`, O_PATH);
  const mounts = mountsSeenBy(owner ?? '/proc/self');
  try {
    // A link of the kernel's leads anywhere, also to a mount that nobody sees any more.
    if (owner !== undefined && mounts.surelyMayHang(start)) throw mayHang();
  } catch (error) {
    closeSync(start);
    throw error;
  }
  if (owner !== undefined && rest === undefined) return { descriptor: start, path: '/' };
  return walk(start, rest ?? resolve(path), follow, mounts);
}

/** Closes `start`. */
function walk(start: number, path: string, follow: FollowedLinks, mounts: SeenMounts): Located {
  const above: Located[] = [{ descriptor: start, path: '' }];
  const parts = partsOf(path);
  let links = 0;
  try {
    for (let name = parts.pop(); name !== undefined; name = parts.pop()) {
      if (name === '..') {
        if (above.length > 1) closeSync(above.pop()?.descriptor ?? -1);
        continue;
      }
      const folder = above[above.length - 1] ?? { descriptor: start, path: '' };
      const at = `/proc/self/fd/${folder.descriptor}/${name}`;
      if (above.length > maxDepth) throw new ForeignFileError('ENAMETOOLONG', 'its path is too long');
      const descriptor = openSync(at, O_PATH | O_NOFOLLOW);
      above.push({ descriptor, path: `${folder.path}/${name}` });
      if (mounts.mayHang(descriptor)) throw mayHang();
      if ((parts.length === 0 && follow === 'before-last') || !fstatSync(descriptor).isSymbolicLink()) continue;
      if (follow === 'none' || ++links > maxLinks) throw new ForeignFileError('ELOOP', 'it is reached by links');
      if (statfsSync(`/proc/self/fd/${folder.descriptor}`).type === PROC_SUPER_MAGIC) {
        throw new ForeignFileError('ELOOP', 'it is reached by a link of the kernel in /proc');
      }
      const target = readlinkSync(at);
      above.pop();
      closeSync(descriptor);
      if (target.startsWith('/')) for (const { descriptor: left } of above.splice(1)) closeSync(left);
      parts.push(...partsOf(target));
    }
    const found = above.pop() ?? { descriptor: start, path: '' };
    return { ...found, path: found.path === '' ? '/' : found.path };
  } finally {
    for (const { descriptor } of above) closeSync(descriptor);
  }
}

/** The last first. */
function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter(part => part !== '' && part !== '.')
    .reverse();
}

function mayHang(): ForeignFileError {
  return new ForeignFileError('EREMOTE', 'it is on a network or FUSE file system, whose server may not answer');
}

function requireFile(stats: Stats): void {
  if (!stats.isFile()) throw new ForeignFileError('EINVAL', 'it is no regular file');
}

/**
 * File systems that show the kernel's own state (proc, sysfs, debugfs, cgroup, ...) have no blocks, since they store nothing:
 * simple_statfs of fs/libfs.c. Those in memory have none either when they are not limited.
 */
function requireRealFileSystem(descriptor: number): void {
  const { type, blocks } = statfsSync(`/proc/self/fd/${descriptor}`);
  const magic = type >>> 0;
  const isReal = magic === TMPFS_MAGIC || magic === RAMFS_MAGIC || (blocks > 0 && magic !== EFIVARFS_MAGIC);
  if (!isReal) throw new ForeignFileError('EPERM', 'it is on a file system of the kernel’s own, as /proc');
}

function lookWithoutProc(path: string, follow: FollowedLinks): Seen {
  return follow === 'all'
    ? { stats: statSync(path), path: realpathSync(path) }
    : { stats: lstatSync(path), path: resolve(path) };
}

/** Where there is no /proc (macOS), for files that profiles name. */
function openWithoutProc(path: string, follow: FollowedLinks): OpenFile {
  const descriptor = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | (follow === 'all' ? 0 : O_NOFOLLOW));
  try {
    const stats = fstatSync(descriptor);
    requireFile(stats);
    return { descriptor, stats };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
