/** `nops async` as it is called: its JSON, its text, and what it says when it can't. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AsyncResult } from '@nops/core/protocol/async-results';
import { makeFifo } from '../support/fifo.js';
import { startTarget } from '../support/target.js';
import { nops } from './helpers.js';

/** Three of each; then stuck in read(2) for good. */
const code = `import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
async function query(secret) {
  await sleep(600000);
}
async function handler(secret) {
  const [row] = await Promise.all([query(secret)]);
  return row;
}
for (let i = 0; i < 3; i++) handler('card-' + i);
setTimeout(() => {
  fs.writeSync(1, 'stuck\\n');
  fs.readSync(fs.openSync(process.env.FIFO, 'r+'), Buffer.alloc(1));
}, 300);
`;

test('a process that is stuck in a system call: stacks, counts and causes', async t => {
  const target = await startTarget(t, code, { execArgv: [], env: { FIFO: makeFifo(t) }, noSocket: true });
  await target.said('stuck');
  const ended = await nops(['async', String(target.pid), '--json']);
  assert.deepEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: '' });
  const result = JSON.parse(ended.stdout) as AsyncResult;
  const { groups, scan, v8, ...rest } = result;
  assert.deepEqual(rest, {
    schema: 'nops.async/1',
    pid: target.pid,
    way: 'beside',
    node: process.versions.node,
    pausedMicros: 0,
    notes: [],
    suspended: 6,
    runnable: 0,
    inTransit: 0,
    lost: 0,
  });
  assert.match(v8 ?? '', /^\d+\.\d+\.\d+\.\d+$/);
  assert.ok(scan.heapBytes > 1e6 && scan.wallMs > 0 && scan.cpuMs > 0);
  const [group, ...others] = groups;
  assert.equal(others.length, 0);
  const url = group?.frames[0]?.url ?? '';
  assert.match(url, /^file:\/\/.*app\.mjs$/);
  assert.deepEqual(group, {
    count: 3,
    stuckMs: group?.stuckMs,
    runnable: false,
    frames: [
      { function: 'query', url, line: 4, column: 3, link: 'await' },
      { function: 'handler', url, line: 7, column: 17, link: 'all' },
    ],
    waitsOn: [{ type: 'timer', detail: 'Timeout 600000 ms', count: 1 }],
  });
  assert.ok((group?.stuckMs ?? 0) >= 250);

  const text = (await nops(['async', String(target.pid)])).stdout;
  assert.match(text, /^6 suspended async functions, 6 stuck, 0 in transit, 0 runnable$/m);
  assert.match(
    text,
    /^3 × stuck ≥ \d+ ms\n {4}query {2}file:.*:4:3\n {4}handler {2}file:.*:7:17 {2}\(Promise\.all\)\n {4}waits on timer: Timeout 600000 ms$/m,
  );
  assert.doesNotMatch(text + ended.stdout, /card-/, 'arguments are user data');
  const values = (await nops(['async', String(target.pid), '--values'])).stdout;
  assert.match(values, /query\("card-\d"\)/);
});

test('what is given wrongly is refused, with what may be given', async () => {
  for (const args of [
    ['-s', '0.1'],
    ['-s', '61'],
    ['--why', '101'],
    ['--why', 'x'],
  ]) {
    const ended = await nops(['async', String(process.pid), ...args]);
    assert.equal(ended.code, 2, ended.stderr);
    assert.match(ended.stderr, /0\.2 to 60|0 to 100/);
  }
  assert.equal((await nops(['async', '4194304'])).code, 3);
});
