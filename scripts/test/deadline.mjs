// Loaded into every test process: ends it when its file is not done in time, and says what kept it alive. Node's own bound differs by
// version, and none of them ends a file whose tests are done but which left a socket or timer open.

import { isMainThread } from 'node:worker_threads';

const deadlineMs = 180_000;

if (isMainThread) {
  // Processes that a test forks take over its options; this one is not meant for them.
  const at = process.execArgv.indexOf(import.meta.url);
  if (at > 0) process.execArgv.splice(at - 1, 2);
  setTimeout(() => {
    console.error(`not done after ${deadlineMs / 1000} s; still open: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, deadlineMs).unref();
}
