/**
 * Opens source files as carefully as what names them is trusted: a profile may name any file, and so may a source map. Only regular ones
 * whose names are those of sources are read, and only as large as somebody could read them.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';

/** Of what is shown. */
export const maxSourceBytes = 8 * 1024 ** 2;
const sources = /\.(?:[cm]?[jt]sx?|vue|svelte|coffee|go|c|cc|cpp|h|hpp|rs|py|java|kt)$/;

export type Opened = { text: string } | { why: string };

export function isSourceName(file: string): boolean {
  return sources.test(file);
}

/** The text of the regular file that `real` itself is. Never follows a link, and never waits on a FIFO. */
export function openReal(real: string, maxBytes: number): Opened {
  const descriptor = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { why: 'this is no regular file' };
    if (stats.size > maxBytes) return { why: `it has ${stats.size} bytes, more than are shown` };
    return { text: readFileSync(descriptor, 'utf8') };
  } finally {
    closeSync(descriptor);
  }
}

/** A file that is in `folder`, a real path, wherever links lead; `isWanted` by its real name. Throws when it is not there. */
export function openWithin(
  folder: string,
  file: string,
  isWanted: (file: string) => boolean,
  maxBytes: number,
): Opened {
  const real = realpathSync(file);
  if (!real.startsWith(`${folder}/`)) return { why: 'it is not in the package of the compiled file' };
  return isWanted(real) ? openReal(real, maxBytes) : { why: 'this is no source file by its name' };
}

export function inWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'the file is not on this machine';
  return code === 'EACCES' ? 'only another user may read the file' : (message ?? String(error));
}
