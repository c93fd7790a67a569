/** The page's files, read once from the package. They are served from memory by their exact names: no path of a request reaches a disk. */

import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { NopsError } from '@nops/core/protocol/errors';
import { packageFolder } from '../package-folder.js';

export interface Asset {
  type: string;
  content: Buffer;
  /** Its name holds a hash of its content. */
  immutable: boolean;
}

const folder = new URL('ui/', packageFolder);

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** By the path of the request. Throws `impossible` when the page was not built. */
export function readAssets(): Map<string, Asset> {
  try {
    const assets = new Map([['/', readAsset('index.html', false)]]);
    for (const name of readdirSync(new URL('assets/', folder))) {
      assets.set(`/assets/${name}`, readAsset(`assets/${name}`, true));
    }
    return assets;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('impossible', `the page of nops ui is not built: ${why}`, 'npm run setup   builds it');
  }
}

function readAsset(name: string, immutable: boolean): Asset {
  const type = types[extname(name)] ?? 'application/octet-stream';
  return { type, content: readFileSync(new URL(name, folder)), immutable };
}
