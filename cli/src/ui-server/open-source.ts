/**
 * Opens source files as carefully as what names them is trusted: a profile may name any file, and so may a source map. Only regular ones
 * whose names are those of sources are read, and only as large as somebody could read them.
 */

import { ForeignFileError, lookAtForeignOrThrow, readForeignOrThrow } from '@nops/probe/beside/open-foreign';

/** Of what is shown. */
export const maxSourceBytes = 8 * 1024 ** 2;
const sources = /\.(?:[cm]?[jt]sx?|vue|svelte|coffee|go|c|cc|cpp|h|hpp|rs|py|java|kt)$/;

export type Opened = { text: string } | { why: string };

export function isSourceName(file: string): boolean {
  return sources.test(file);
}

/** The text of the regular file that `real` itself is, never of one that it links to. Throws when it can't be opened. */
export function openReal(real: string, maxBytes: number): Opened {
  try {
    return { text: readForeignOrThrow(real, maxBytes, 'before-last') };
  } catch (error) {
    if (error instanceof ForeignFileError) return { why: error.message };
    throw error;
  }
}

/** A file that is in `folder`, a real path, wherever links lead; `isWanted` by its real name. Throws when it is not there. */
export function openWithin(
  folder: string,
  file: string,
  isWanted: (file: string) => boolean,
  maxBytes: number,
): Opened {
  const real = lookAtForeignOrThrow(file).path;
  if (!real.startsWith(`${folder}/`)) return { why: 'it is not in the package of the compiled file' };
  return isWanted(real) ? openReal(real, maxBytes) : { why: 'this is no source file by its name' };
}

export function inWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'the file is not on this machine';
  return code === 'EACCES' ? 'only another user may read the file' : (message ?? String(error));
}
