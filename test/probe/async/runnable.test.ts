/** What goes on by itself when the event loop comes to it is told from what waits: the main thread sleeps between the two. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAsync } from '@nops/probe/beside/async/read-async';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget } from '../../support/target.js';

/** The jobs that would go on with `ready` and the like are queued when the main thread goes to sleep for good, amid the same turn. */
const code = `
const fs = require('node:fs');
const kept = [];
const releases = [];
async function ready(i) { await null; }
async function over(i) { await ready(i); }
async function fulfilled(i) { await Promise.resolve(i); }
async function rejected(i) { try { await Promise.reject(new Error(i)); } catch { } }
async function released(i) { await new Promise(resolve => releases.push(resolve)); }
async function* numbers(i) { await null; yield i; }
async function consumer(i) { for await (const n of numbers(i)) if (n < 0) return; }
async function waits(i) { await new Promise(resolve => kept.push(resolve)); }
async function waitsAfter(i) { await null; await new Promise(resolve => kept.push(resolve)); }
async function ends(i) { await null; }
for (let i = 0; i < 7; i++) released(i);
for (let i = 0; i < 6; i++) waitsAfter(i);
for (let i = 0; i < 40; i++) ends(i);
setTimeout(() => {
  for (let i = 0; i < 5; i++) { over(i); waits(i); }
  for (let i = 0; i < 2; i++) { fulfilled(i); rejected(i); }
  for (let i = 0; i < 3; i++) consumer(i);
  for (const release of releases) release();
  fs.writeSync(1, 'sleeps\\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}, 200);
`;

const expected = [
  '2 runnable: fulfilled await',
  '2 runnable: rejected await',
  '3 runnable: numbers await < consumer iterate',
  '5 runnable: ready await < over await',
  '5 stuck: waits await',
  // These were runnable once, and their jobs may still be in memory.
  '6 stuck: waitsAfter await',
  '7 runnable: released await',
];

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined ? `Node ${version} could not be installed` : false;
  test(`Node ${version}: what only waits for its turn is runnable, and nothing else`, { skip }, async t => {
    const target = await startTarget(t, code, { node: node ?? '', execArgv: [], type: 'cjs', noSocket: true });
    await target.said('sleeps');
    const { signal } = new AbortController();
    const options = { betweenMs: 200, why: 1, live: false, values: false, all: false, signal };
    const { groups, suspended, runnable, inTransit, lost, notes } = await readAsync(target.pid, options);
    assert.deepEqual(notes, [], 'nothing ran meanwhile: they are what they are told to be');
    const told = groups.map(({ count, runnable: isRunnable, stuckMs, frames }) => {
      const state = isRunnable ? 'runnable' : stuckMs > 0 ? 'stuck' : 'in transit';
      return `${count} ${state}: ${frames.map(frame => `${frame.function} ${frame.link}`).join(' < ')}`;
    });
    assert.deepEqual(told.sort(), expected);
    // Of a runnable stack only the innermost function is runnable: the others wait for it.
    assert.deepEqual(
      { suspended, runnable, inTransit, lost },
      { suspended: 38, runnable: 5 + 2 + 2 + 3 + 7, inTransit: 0, lost: 0 },
    );
    for (const group of groups.filter(({ runnable: isRunnable }) => isRunnable)) {
      // It awaits nothing any more that could be compared: it may as well have gone on, and come back to the same place.
      assert.deepEqual({ stuckMs: group.stuckMs, waitsOn: group.waitsOn }, { stuckMs: 0, waitsOn: [] });
    }
  });
}

test('where the process ran meanwhile, it is said that some may have had their turn', async t => {
  const code = `async function turn(i) { for (;;) { await null; if (i++ % 2000 === 0) await new Promise(setImmediate); } }
for (let i = 0; i < 50; i++) turn(i); console.log('ready');`;
  const target = await startTarget(t, code, { execArgv: [], type: 'cjs', noSocket: true });
  await target.said('ready');
  const { signal } = new AbortController();
  const options = { betweenMs: 200, why: 0, live: false, values: false, all: false, signal };
  const { runnable, notes } = await readAsync(target.pid, options);
  assert.ok(runnable > 0);
  assert.match(notes.join(), /some may have had their turn/);
});
