/** `nops async` as it is called: its JSON, its text, and what it says when it can't. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AsyncCause, AsyncResult } from '@nops/core/protocol/async-results';
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

const manyGroups = 40;

/** Stacks with two causes, through a function of Node's own, of which nothing can wake any more, and of many functions. */
const varied = `
const fs = require('node:fs');
const fsp = require('node:fs/promises');
const { setTimeout: sleep } = require('node:timers/promises');
const kept = [];
async function query(secret, i) { await sleep(i % 2 === 0 ? 500000 : 600000); }
async function handler(secret, i) { return await query(secret, i); }
async function load() { await fsp.readFile(process.env.FIFO); }
async function gone() { await new Promise(() => {}); }
async function overGone() { await gone(); }
for (let i = 0; i < 8; i++) handler('card-' + i, i);
for (let i = 0; i < 12; i++) overGone();
load();
${Array.from({ length: manyGroups }, (_, i) => `(async function kind${i}() { await new Promise(resolve => kept.push(resolve)); })();`).join('\n')}
setInterval(() => {}, 1000);
setTimeout(() => fs.writeSync(1, 'ready\\n'), 300);
`;

test('--live, --all, --values and --why', async t => {
  // The young generation never fills up, so that what is garbage is still there.
  const execArgv = ['--min-semi-space-size=16'];
  const env = { FIFO: makeFifo(t) };
  const target = await startTarget(t, varied, { execArgv, env, type: 'cjs', noSocket: true });
  await target.said('ready');
  const text = async (...args: string[]) => {
    const ended = await nops(['async', String(target.pid), ...args]);
    assert.deepEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: '' }, args.join(' '));
    return ended.stdout;
  };
  const json = async (...args: string[]) => JSON.parse(await text('--json', ...args)) as AsyncResult;
  const groupOf = ({ groups }: AsyncResult, name: string) =>
    groups.filter(({ frames }) => frames.some(frame => frame.function === name));

  const plain = await json();
  assert.equal(groupOf(plain, 'gone')[0]?.count, 12);
  const live = await json('--live');
  assert.deepEqual(groupOf(live, 'gone'), []);
  assert.equal(live.suspended, plain.suspended - 24);
  assert.deepEqual(live.notes, ['24 suspended functions that nothing can wake any more are left out.']);
  assert.equal(live.groups.length, plain.groups.length - 1);

  // Usually what Node does for the app is one frame.
  const framesOf = (result: AsyncResult) => groupOf(result, 'load')[0]?.frames ?? [];
  const folded = framesOf(plain).filter(({ url }) => url.startsWith('node:'));
  assert.equal(folded.length, 1);
  const all = framesOf(await json('--all'));
  const own = all.filter(({ url }) => url.startsWith('node:'));
  assert.ok(own.length > 1, JSON.stringify(all));
  assert.equal(own.length, folded[0]?.folded);
  assert.ok(own.every(frame => frame.folded === undefined));
  const shown = (told: string) => told.match(/^ {4}kind\d+ /gm)?.length;
  const [usual, complete] = [await text(), await text('--all')];
  assert.match(usual, /^and \d+ more groups: --all shows them$/m);
  assert.ok((shown(usual) ?? 0) < manyGroups);
  assert.equal(shown(complete), manyGroups);
  assert.doesNotMatch(complete, /more groups/);

  assert.doesNotMatch(usual + complete + JSON.stringify([plain, live]), /card-/, 'arguments are user data');
  const values = groupOf(await json('--values'), 'query')[0]?.frames.map(frame => frame.values);
  assert.match(JSON.stringify(values), /^\[\["\\"card-(\d)\\"","\1"\],\["\\"card-\1\\"","\1"\]\]$/);

  const causesWith = async (why: string) => groupOf(await json('--why', why), 'query')[0]?.waitsOn ?? [];
  const counted = (causes: AsyncCause[]) => causes.reduce((sum, { count = 0 }) => sum + count, 0);
  assert.deepEqual(await causesWith('0'), []);
  assert.equal(counted(groupOf(plain, 'query')[0]?.waitsOn ?? []), 1);
  const five = await causesWith('5');
  assert.equal(counted(five), 5);
  assert.deepEqual(five.map(({ type, detail }) => `${type} ${detail}`).sort(), [
    'timer Timeout 500000 ms',
    'timer Timeout 600000 ms',
  ]);
  const eight = (await causesWith('100')).map(({ count }) => count);
  assert.deepEqual(eight, [4, 4]);
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
