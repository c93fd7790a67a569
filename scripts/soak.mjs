// `npm run soak [-- rounds [version ...]]`: sets the checkout up and runs test/soak: attaching again and again, to processes in every state.
// `npm run soak -- churn [rounds [version ...]]`: commands against a program whose worker threads end all the time.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

await setupOrExit({ nodes: true });
const file = process.argv[2] === 'churn' ? 'churn.js' : 'main.js';
await import(pathToFileURL(path.join(root, 'test', 'dist', 'soak', file)).href);
