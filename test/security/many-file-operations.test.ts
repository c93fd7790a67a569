/**
 * A trace of a process that does little else than synchronous file operations, on several threads, leaves it alive. Node's own trace events
 * (the inspector's NodeTracing) end such a process: its buffer is written out by two threads at once when recording stops while it is full
 * (InternalTraceBuffer::Flush in src/tracing/node_trace_buffer.cc), and events that a thread has not filled in yet are written too.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask } from '../end-to-end/service.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { agentRegister, startTarget } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const rounds = 4;

const app = `
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
const busy = "const { statSync } = require('node:fs'); (function again() { for (let i = 0; i < 500; i++) statSync('/'); setImmediate(again); })()";
new Worker(busy, { eval: true, execArgv: [] });
(function again() { for (let i = 0; i < 500; i++) statSync('/'); setImmediate(again); })();
console.log('ready');
`;

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`Node ${version}: lives on`, { skip: node === undefined && 'not installed' }, async t => {
    const file = join(temporaryFolder(t), 'trace.json.gz');
    const target = await startTarget(t, app, { node: node ?? '', execArgv: ['--import', agentRegister] });
    await target.said('ready');
    for (let round = 1; round <= rounds; round++) {
      const asked = await ask(target, ['trace', String(target.pid), '-s', '1', '-o', file]);
      assert.deepEqual({ round, code: asked.code, stderr: asked.stderr }, { round, code: 0, stderr: '' });
    }
    assert.equal((await ask(target, ['stats', String(target.pid)])).code, 0);
  });
}
