/**
 * Reads what another user may have prepared: folders and files are taken only when nobody but their owner can have put them there,
 * and no link leads us elsewhere.
 */

import { closeSync, type Stats } from 'node:fs';
import { lookAtForeign, openForeign } from './open-foreign.js';
import { orUndefined } from './procfs.js';
import { readUpTo } from './read-bounded.js';

/**
 * True when `folder` is a real folder (no link), owned by `uid`, that group and others can't write to. `root` stands before it, as in
 * `rootPrefix`; then no part of the path may be a link, since who goes there by the path is led into our own files by an absolute one.
 */
export function isPrivateFolder(folder: string, uid: number, root = ''): boolean {
  const stats = lookAtForeign(root + folder, root === '' ? 'before-last' : 'none')?.stats;
  return stats?.isDirectory() === true && stats.uid === uid && !othersCanWrite(stats);
}

/** The text of a regular file (no link) of at most `maxBytes` owned by `uid`; undefined for anything else. Never waits on a FIFO. */
export function readOwnedFile(path: string, uid: number, maxBytes: number): string | undefined {
  const opened = orUndefined(() => openForeign(path, 'before-last'));
  if (opened === undefined) return undefined;
  try {
    return opened.stats.uid === uid ? readUpTo(opened.descriptor, maxBytes)?.toString('utf8') : undefined;
  } finally {
    closeSync(opened.descriptor);
  }
}

/** True when `path` is a socket (no link) owned by `uid`. */
export function isOwnedSocket(path: string, uid: number): boolean {
  const stats = lookAtForeign(path, 'before-last')?.stats;
  return stats?.uid === uid && stats.isSocket();
}

/** Whether group or others may write. */
export function othersCanWrite({ mode }: Pick<Stats, 'mode'>): boolean {
  return (mode & 0o022) !== 0;
}
