/** The package that a file belongs to: what its source map may name lies in there. */

import { dirname, join } from 'node:path';
import { readForeign } from '@nops/probe/beside/open-foreign';

const maxManifestBytes = 1024 ** 2;

/**
 * The folder of the nearest package.json with a name, since compilers put nameless ones into their output; else of the nearest one; else the
 * file's own. `file` is a real path. Never the root folder, in which everything lies.
 */
export function packageRoot(file: string): string {
  const own = dirname(file);
  let nearest: string | undefined;
  for (let folder = own; folder !== '/' && folder !== '.'; folder = dirname(folder)) {
    const manifest = readManifest(join(folder, 'package.json'));
    if (manifest === undefined) continue;
    if (typeof manifest.name === 'string') return folder;
    nearest ??= folder;
  }
  return nearest ?? own;
}

function readManifest(path: string): { name?: unknown } | undefined {
  const text = readForeign(path, maxManifestBytes);
  try {
    return text === undefined ? undefined : ((JSON.parse(text) as { name?: unknown } | null) ?? {});
  } catch {
    return undefined;
  }
}
