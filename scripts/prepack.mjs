// Before `nops` is packed: builds what is stale, and lays the licence beside it, which npm packs from the package's own folder only.

import fs from 'node:fs';
import path from 'node:path';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

await setupOrExit();
fs.copyFileSync(path.join(root, 'LICENSE'), path.join(root, 'cli', 'LICENSE'));
