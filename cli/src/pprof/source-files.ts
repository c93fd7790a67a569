/** Source files by the paths that a profile has for them: absolute, or to be found in the folders to search and those above them. */

import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { ReadSource } from '@nops/core/profile/report/listing';

/** Of larger files nobody reads a listing. */
const maxSourceBytes = 64 * 1024 ** 2;

/** `searchPath` and `trimPath` are folders separated by colons; without a search path it is the working folder. */
export function sourceReader(searchPath: string | undefined, trimPath: string | undefined): ReadSource {
  const folders = (searchPath ?? process.cwd()).split(':');
  const prefixes = [...(trimPath ?? '').split(':'), '/proc/self/cwd/./', '/proc/self/cwd'].filter(path => path !== '');
  const known = new Map<string, ReturnType<ReadSource>>();
  return file => {
    const found = known.get(file) ?? readLines(trimmed(file, folders, trimPath === undefined, prefixes), folders);
    known.set(file, found);
    return found;
  };
}

/** Without a path to trim: what follows the name of a searched folder, since the sources may have been elsewhere when they were built. */
function trimmed(file: string, folders: string[], guess: boolean, prefixes: string[]): string {
  for (const folder of guess ? folders : []) {
    const name = `/${basename(folder)}/`;
    const at = file.indexOf(name);
    if (at >= 0) return file.slice(at + name.length);
  }
  const prefix = prefixes.map(path => (path.endsWith('/') ? path : `${path}/`)).find(path => file.startsWith(path));
  return prefix === undefined ? file : file.slice(prefix.length);
}

function readLines(path: string, folders: string[]): ReturnType<ReadSource> {
  const candidates = isAbsolute(path) ? [path] : folders.flatMap(folder => above(folder).map(of => join(of, path)));
  for (const candidate of candidates) {
    const stats = statSync(candidate, { throwIfNoEntry: false });
    // Never a pipe or device that a profile names.
    if (stats === undefined || !stats.isFile() || stats.size > maxSourceBytes) continue;
    try {
      const lines = readFileSync(candidate, 'utf8').split(/\r?\n/);
      if (lines.at(-1) === '') lines.pop();
      return { lines };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
  return { error: `could not find file ${path} on path ${folders.join(':')}` };
}

function above(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
}
