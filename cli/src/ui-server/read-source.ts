/**
 * The text of a source file that a profile names, for the page. A profile may name any file: only regular ones whose names are those of
 * sources are read, and only as large as somebody could read them.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { SourceResult } from '@nops/core/profile/origin';

const maxSourceBytes = 8 * 1024 ** 2;
const sources = /\.(?:[cm]?[jt]sx?|vue|svelte|coffee|go|c|cc|cpp|h|hpp|rs|py|java|kt)$/;

export function readSource(file: unknown): SourceResult {
  const found = read(file);
  return { schema: 'nops.ui-source/1', ...('why' in found ? { lines: [], ...found } : found) };
}

function read(file: unknown): { file: string; lines: string[] } | { why: string } {
  if (typeof file !== 'string' || !isAbsolute(file)) return { why: 'this is no path of a file' };
  if (!sources.test(file)) return { why: 'this is no source file by its name' };
  let descriptor: number;
  try {
    // Never waits on a FIFO.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
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
