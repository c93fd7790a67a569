/**
 * Reads what another user may have prepared: folders and files are taken only when nobody but their owner can have put them there,
 * and no link leads us elsewhere.
 */

import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { orUndefined } from './procfs.js';

/**
 * True when `folder` is a real folder (no link), owned by `uid`, that group and others can't write to. `root` stands before it, as in
 * `rootPrefix`; then no part of the path may be a link, since an absolute one would be resolved in our own files.
 */
export function isPrivateFolder(folder: string, uid: number, root = ''): boolean {
  if (root !== '' && !hasNoLinks(folder, root)) return false;
  const stats = orUndefined(() => lstatSync(root + folder));
  if (stats === undefined) return false;
  return stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0;
}

function hasNoLinks(path: string, root: string): boolean {
  const parts = path.split('/').filter(Boolean);
  if (parts.includes('..')) return false;
  return parts.every((_, index) => {
    const part = `${root}/${parts.slice(0, index + 1).join('/')}`;
    return orUndefined(() => lstatSync(part))?.isDirectory() ?? false;
  });
}

/** The text of a regular file (no link) of at most `maxBytes` owned by `uid`; undefined for anything else. Never waits on a FIFO. */
export function readOwnedFile(path: string, uid: number, maxBytes: number): string | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = orUndefined(() => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (file === undefined) return undefined;
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.uid !== uid || stats.size > maxBytes) return undefined;
    const buffer = Buffer.alloc(maxBytes);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, maxBytes, 0));
  } finally {
    closeSync(file);
  }
}

/**
 * The text of the regular file at `path`, below `root` as `rootPrefix` tells it, of at most `maxBytes`; undefined for anything else. A
 * device or FIFO is not opened. Links are followed in our own files only: in another root an absolute one would lead into ours.
 */
export function readRegularFile(path: string, root: string, maxBytes: number): string | undefined {
  if (root !== '' && !hasNoLinks(dirname(path), root)) return undefined;
  const look = root === '' ? statSync : lstatSync;
  if (orUndefined(() => look(root + path))?.isFile() !== true) return undefined;
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = orUndefined(() => openSync(root + path, O_RDONLY | O_NONBLOCK | (root === '' ? 0 : O_NOFOLLOW)));
  if (file === undefined) return undefined;
  try {
    const stats = fstatSync(file);
    return stats.isFile() && stats.size <= maxBytes ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}

/** True when `path` is a socket (no link) owned by `uid`. */
export function isOwnedSocket(path: string, uid: number): boolean {
  const stats = orUndefined(() => lstatSync(path));
  return stats?.uid === uid && stats.isSocket();
}
