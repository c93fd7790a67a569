/**
 * Source files by the paths that a profile has for them: absolute, or to be found in the folders to search and those above them. Where a compiled
 * file has a source map, what that names.
 */

import { dirname, isAbsolute, join } from 'node:path';
import type { OriginalOf } from '@nops/core/profile/map-places';
import type { ReportConfig } from '@nops/core/profile/report/config';
import type { ReadSource } from '@nops/core/profile/report/listing';
import { trimPath } from '@nops/core/profile/report/trim-path';
import { ForeignFileError, lookAtForeignOrThrow, readForeignOrThrow } from '@nops/probe/beside/open-foreign';
import { linesOf } from '../source-maps/lines-of.js';
import { MappedFiles } from '../source-maps/mapped-files.js';

/** Of larger files nobody reads a listing. */
const maxSourceBytes = 64 * 1024 ** 2;

type Found = { path: string; text: string } | { error: string };

export interface Sources {
  read: ReadSource;
  /** Undefined: nobody wants source maps. */
  originalOf: OriginalOf | undefined;
}

/** `source_path` is what `-source_path` says, '' for the working folder. */
export function sourcesOf({ source_path, trim_path, no_source_maps }: ReportConfig): Sources {
  const searched = source_path === '' ? process.cwd() : source_path;
  const known = new Map<string, ReturnType<ReadSource>>();
  const find = (file: string) => findFile(trimPath(file, { source_path: searched, trim_path }), searched);
  const maps = new MappedFiles({
    compiled: file => withPath(find(file)),
    map: path => withPath(readFile(path))?.text,
  });
  return {
    read: (file, map = '') => {
      const key = `${map}\0${file}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const found = maps.contentOf(file, map) ?? find(file);
      const lines = 'error' in found ? found : { lines: linesOf(found.text) };
      known.set(key, lines);
      return lines;
    },
    originalOf: no_source_maps ? undefined : place => maps.original(place),
  };
}

function withPath(found: Found | undefined): { path: string; text: string } | undefined {
  return found === undefined || 'error' in found ? undefined : found;
}

function findFile(path: string, searched: string): Found {
  if (isAbsolute(path)) return readFile(path) ?? { error: `open ${path}: no such file or directory` };
  for (const folder of searched.split(':')) {
    for (const above of withParents(folder)) {
      const found = readFile(join(above, path));
      if (found !== undefined) return found;
    }
  }
  return { error: `could not find file ${path} on path ${searched}` };
}

/** undefined: there is none. Never a pipe or device that a profile names. */
function readFile(path: string): Found | undefined {
  try {
    // To Go a folder is a file without lines.
    if (lookAtForeignOrThrow(path).stats.isDirectory()) return { path, text: '' };
    return { path, text: readForeignOrThrow(path, maxSourceBytes) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return { error: error instanceof ForeignFileError ? `${path}: ${message}` : message };
  }
}

function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}
