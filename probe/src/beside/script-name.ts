/** What to call a process by its script: the name somebody on call would use. */

import { basename, dirname } from 'node:path';

/** Names that say nothing without the name of the program they belong to. */
const generic = new Set(
  'index main server app application cli bin www start run worker service entry entrypoint bootstrap launcher'.split(
    ' ',
  ),
);

/** Folders that say nothing about the program in them. */
const genericFolders = new Set(
  'dist build lib src bin out output app cmd scripts server cjs esm release current'.split(' '),
);

/**
 * The script's base name without its ending; for one like `index`, `<package or folder>/<base name>`, the package without its scope.
 *
 *   /srv/checkout/dist/index.js in @acme/checkout  →  checkout/index
 *   /usr/lib/node_modules/pm2/bin/pm2              →  pm2
 */
export function scriptName(script: string, packageName: string | null): string {
  const base = basename(script).replace(/\.[cm]?[jt]sx?$/, '');
  if (!generic.has(base.toLowerCase())) return base;
  const owner = packageName?.replace(/^@[^/]*\//, '') ?? tellingFolder(dirname(script));
  return owner === undefined || owner === base ? base : `${owner}/${base}`;
}

/** The name of the nearest folder upwards that tells something; undefined when none does. */
function tellingFolder(folder: string): string | undefined {
  for (let path = folder; path !== '/' && path !== '.'; path = dirname(path)) {
    const name = basename(path);
    if (!genericFolders.has(name.toLowerCase())) return name;
  }
  return undefined;
}
