/** `node --import @nops/agent/register app.js` or `--require`: starts the agent with the options of the environment. */

import { isMainThread } from 'node:worker_threads';
import { start } from './main/start.js';

// Preloads run in every worker thread of the app too; the agent belongs to the main one.
if (isMainThread) start();
