/** Paths of source files without what depends on where they were built: Go's trimPath. */

import { trimEnd } from '../../units/trim-end.js';
import type { Profile } from '../model.js';

/** As options have them: paths separated by colons, '' for none. */
export interface SourcePaths {
  source_path: string;
  trim_path: string;
}

/**
 * Without a path to trim: what follows the name of a folder that is searched, since the sources may have been elsewhere when they were
 * built. Bazel's sandbox is always trimmed.
 */
export function trimPath(file: string, { source_path, trim_path }: SourcePaths): string {
  const folders = trim_path === '' ? split(source_path) : [];
  for (const folder of folders) {
    const name = `/${trimEnd(folder, '/').replace(/^.*\//, '') || '.'}/`;
    const at = file.indexOf(name);
    if (at >= 0) return file.slice(at + name.length);
  }
  const prefixes = [...split(trim_path), '/proc/self/cwd/./', '/proc/self/cwd'];
  const prefix = prefixes.map(path => (path.endsWith('/') ? path : `${path}/`)).find(path => file.startsWith(path));
  return prefix === undefined ? file : file.slice(prefix.length);
}

/** All files of a profile, trimmed. */
export function trimFiles(profile: Profile, paths: SourcePaths): Profile {
  return { ...profile, functionFiles: profile.functionFiles.map(file => trimPath(file, paths)) };
}

function split(paths: string): string[] {
  return paths === '' ? [] : paths.split(':');
}
