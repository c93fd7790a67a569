/** Source files by the paths that a profile has for them: absolute, or to be found in the folders to search and those above them. */

import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { ReadSource } from '@nops/core/profile/report/listing';
import { type SourcePaths, trimPath } from '@nops/core/profile/report/trim-path';

/** Of larger files nobody reads a listing. */
const maxSourceBytes = 64 * 1024 ** 2;

/** `sourcePath` is what `-source_path` says, '' for the working folder. */
export function sourceReader({ source_path, trim_path }: SourcePaths): ReadSource {
  const searched = source_path === '' ? process.cwd() : source_path;
  const known = new Map<string, ReturnType<ReadSource>>();
  return file => {
    const found = known.get(file) ?? readLines(trimPath(file, { source_path: searched, trim_path }), searched);
    known.set(file, found);
    return found;
  };
}

function readLines(path: string, searched: string): ReturnType<ReadSource> {
  if (isAbsolute(path)) return readFile(path) ?? { error: `open ${path}: no such file or directory` };
  for (const folder of searched.split(':')) {
    for (const above of withParents(folder)) {
      const found = readFile(join(above, path));
      if (found !== undefined) return found;
    }
  }
  return { error: `could not find file ${path} on path ${searched}` };
}

/** undefined: there is none. */
function readFile(path: string): ReturnType<ReadSource> | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    // To Go a folder is a file without lines.
    if (stats.isDirectory()) return { lines: [] };
    // Never a pipe or device that a profile names.
    if (!stats.isFile()) return { error: `${path} is no file` };
    if (stats.size > maxSourceBytes) return { error: `${path} is larger than ${maxSourceBytes} bytes` };
    const lines = readFileSync(path, 'utf8').split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return { lines };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}
