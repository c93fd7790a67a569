/** Which file it is, with which content; and whether somebody else can have written it. For what was read of it and is kept. */

import { fstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { lookAtForeign } from './open-foreign.js';
import { othersCanWrite } from './safe-files.js';

/**
 * Another one when anything of the open file has changed since: with each change the kernel writes its time (ctime), which nobody can set.
 * It is no finer than the kernel's ticks, so who may write the file could change it unseen within one.
 */
export function fileIdentity(descriptor: number): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = fstatSync(descriptor, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/**
 * Whether nobody but root and we can write the file `stats`, or put another one in its place: it and each folder above, up to the root, is
 * ours or root's, and not to be written by others. So /tmp is not such a folder: its mark (sticky) keeps what is in it, but for how long?
 * `root` stands before its path, as in `rootPrefix`.
 */
export function isOursOrRoots(root: string, path: string, stats: Pick<Stats, 'dev' | 'ino'>): boolean {
  const found = lookAtForeign(root + path);
  if (found === undefined || found.stats.dev !== stats.dev || found.stats.ino !== stats.ino) return false;
  for (let at = found.path; ; at = dirname(at)) {
    const part = lookAtForeign(root + at, 'none')?.stats;
    if (part === undefined || (part.uid !== 0 && part.uid !== process.geteuid?.()) || othersCanWrite(part))
      return false;
    if (at === '/') return true;
  }
}
