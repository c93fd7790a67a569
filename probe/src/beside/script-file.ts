/** Finds the script a command line names, and the package it belongs to, in the files as the process sees them. */

import type { Stats } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { lookAtForeign, readForeign } from './open-foreign.js';

/** Folders looked at upwards from the script. */
const maxLevels = 10;
const maxPackageBytes = 1 << 20;

/**
 * The absolute path, as the process sees it, of the script that node resolves `word` to; null when that is not to be found. `root` is
 * put before every path that is looked at (see `rootPrefix`).
 */
export function findScript(word: string, cwd: string | null, root: string): string | null {
  if (!isAbsolute(word) && cwd === null) return null;
  const path = isAbsolute(word) ? join(word) : join(cwd ?? '/', word);
  const stats = lookAt(root + path);
  if (stats?.isFile() === true) return path;
  const candidates = ['.js', '.json', '.node', '.cjs', '.mjs', '.ts', '/index.js'].map(ending => path + ending);
  if (stats?.isDirectory() === true) candidates.unshift(...mainOf(root, path));
  const found = candidates.find(candidate => lookAt(root + candidate)?.isFile());
  // An absolute path stays true when the file was removed since; a relative one may have been meant from another folder.
  return found ?? (isAbsolute(word) ? path : null);
}

function mainOf(root: string, folder: string): string[] {
  const { main } = readPackage(`${root}${folder}/package.json`);
  if (typeof main !== 'string') return [];
  const path = join(folder, main);
  return [path, `${path}.js`, `${path}/index.js`];
}

/** `name` in the nearest package.json upwards from the script that has one; null when there is none. */
export function findPackageName(script: string, root: string): string | null {
  // A link in node_modules/.bin leads into the package.
  let folder = dirname(lookAtForeign(root + script)?.path ?? script);
  for (let level = 0; level < maxLevels; level++) {
    const { name } = readPackage(`${root}${join(folder, 'package.json')}`);
    if (typeof name === 'string' && name !== '') return name;
    if (folder === '/') break;
    folder = dirname(folder);
  }
  return null;
}

function readPackage(path: string): { name?: unknown; main?: unknown } {
  try {
    const value: unknown = JSON.parse(readForeign(path, maxPackageBytes) ?? '');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // unreadable, or not JSON: no package to name
  }
}

function lookAt(path: string): Stats | undefined {
  return lookAtForeign(path)?.stats;
}
