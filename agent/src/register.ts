/** `node --import @nops/agent/register app.js` or `--require`: starts the agent with the options of the environment. */

import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { start } from './main/start.js';

// Preloads run in every worker thread of the app too; the agent belongs to the main one. Nor is there
// anything to watch in the process that keeps the last profile of one that dies.
const isExporter = process.argv[1] === fileURLToPath(new URL('oom/export.js', import.meta.url));
if (isMainThread && !isExporter) start();
