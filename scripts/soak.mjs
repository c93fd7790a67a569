// `npm run soak [-- rounds [version ...]]`: sets the checkout up and runs test/soak: attaching again and again, to processes in every state.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

await setupOrExit({ nodes: true });
await import(pathToFileURL(path.join(root, 'test', 'dist', 'soak', 'main.js')).href);
