/**
 * The text of a source file for the page. Only what a profile on the page names is read, and only where the name leads straight to the
 * file: a link, or a path that leads back, must be named with what it leads to. A profile may name any file, so only regular ones whose
 * names are those of sources are read, and only as large as somebody could read them.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { SourceResult } from '@nops/core/profile/origin';

const maxSourceBytes = 8 * 1024 ** 2;
const sources = /\.(?:[cm]?[jt]sx?|vue|svelte|coffee|go|c|cc|cpp|h|hpp|rs|py|java|kt)$/;

type IsNamed = (file: string) => Promise<boolean>;

export async function readSource(file: unknown, isNamed: IsNamed): Promise<SourceResult> {
  const found = await read(file, isNamed);
  return { schema: 'nops.ui-source/1', ...('why' in found ? { lines: [], ...found } : found) };
}

async function read(file: unknown, isNamed: IsNamed): Promise<{ file: string; lines: string[] } | { why: string }> {
  if (typeof file !== 'string' || !isAbsolute(file)) return { why: 'this is no path of a file' };
  if (!sources.test(file)) return { why: 'this is no source file by its name' };
  // Before the disk is looked at, so that an answer does not tell which files there are.
  if (!(await isNamed(file))) return { why: 'no profile that this server sent names this file' };
  try {
    const real = await realpath(file);
    if (!(await isNamed(real))) return { why: 'it is a link to a file that the profile does not name' };
    if (!sources.test(real)) return { why: 'it is a link to what is no source file by its name' };
    return readLines(real, file);
  } catch (error) {
    return { why: inWords(error) };
  }
}

function inWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'the file is not on this machine';
  return code === 'EACCES' ? 'only another user may read the file' : (message ?? String(error));
}

/** Never follows a link, and never waits on a FIFO. */
function readLines(real: string, file: string): { file: string; lines: string[] } | { why: string } {
  const descriptor = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { why: 'this is no regular file' };
    if (stats.size > maxSourceBytes) return { why: `it has ${stats.size} bytes, more than are shown` };
    const lines = readFileSync(descriptor, 'utf8').split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return { file, lines };
  } finally {
    closeSync(descriptor);
  }
}
