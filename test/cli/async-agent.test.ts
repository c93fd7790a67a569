/** The user of a process who may not read its memory asks the agent in it, which reads its own: Yama's ptrace_scope 1. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import type { AsyncResult } from '@nops/core/protocol/async-results';
import { makeFifo } from '../support/fifo.js';
import { needsRoot, nobody, readableCopy } from '../support/readable-copy.js';
import { startTarget } from '../support/target.js';
import { nops, run } from './helpers.js';

const user = { uid: nobody, gid: nobody };

function whySkipped(): string | false {
  if (needsRoot !== false) return needsRoot;
  const tried = spawnSync('unshare', ['--user', 'true'], { ...user, cwd: '/', encoding: 'utf8' });
  return tried.status === 0 ? false : `no user namespaces for uid ${nobody} here`;
}

const skip = whySkipped();

const code = (fifo: string) => `import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
async function query(i) { await sleep(600000); }
async function handler(i) { return await query(i); }
for (let i = 0; i < 40; i++) handler(i);
const fd = fs.openSync(${JSON.stringify(fifo)}, 'r+');
setTimeout(() => { fs.writeSync(1, 'stuck ' + fd + '\\n'); fs.readSync(fd, Buffer.alloc(1)); }, 500);
`;

test('without the right to read its memory: the same from the agent, also while the main thread is stuck', {
  skip,
}, async t => {
  const copy = readableCopy({ after });
  const fifo = makeFifo(t, nobody);
  const target = await startTarget(t, code(fifo), {
    uid: nobody,
    node: copy.node,
    execArgv: ['--import', copy.agentRegister],
  });
  await target.said('stuck');
  const args = ['async', String(target.pid), '--json'];
  const env = { NOPS_DIR: target.folder };
  const [byAgent, beside] = [
    await run('unshare', ['--user', copy.node, copy.nops, ...args], env, user),
    await nops(args),
  ].map(ended => {
    assert.equal(ended.code, 0, ended.stderr);
    return JSON.parse(ended.stdout) as AsyncResult;
  });
  assert.deepEqual([byAgent?.way, beside?.way], ['agent', 'beside']);
  const own = (result?: AsyncResult) =>
    result?.groups
      .filter(({ frames }) => frames.some(({ url }) => url.endsWith('app.mjs')))
      .map(({ count, frames, waitsOn }) => ({ count, frames, waitsOn }));
  assert.deepEqual(own(byAgent), own(beside));
  assert.equal(own(byAgent)?.[0]?.count, 40);
  // What the agent does to answer is not told by itself.
  assert.equal(byAgent?.suspended, 80);
});

test('without an agent: exit code 4, and what would grant it', { skip }, async t => {
  const copy = readableCopy({ after });
  const target = await startTarget(t, 'console.log("up"); setInterval(() => {}, 1000);', {
    uid: nobody,
    node: copy.node,
    execArgv: [],
    noSocket: true,
  });
  await target.said('up');
  const ended = await run('unshare', ['--user', copy.node, copy.nops, 'async', String(target.pid)], {}, user);
  assert.equal(ended.code, 4, ended.stderr);
  assert.match(ended.stderr, /sudo/);
});
