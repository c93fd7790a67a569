/** The version of nops: the one in its package.json. */

import { readFileSync } from 'node:fs';
import { packageFolder } from './package-folder.js';

export function readVersion(): string {
  const text = readFileSync(new URL('package.json', packageFolder), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
