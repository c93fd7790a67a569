/** heap and allocs: what is alive and what was allocated, by one sampler of V8's. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type { Profile } from '@nops/core/profile/model';
import { topEntries } from '@nops/core/profile/top';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { type Answer, startTarget } from '../support/target.js';

/** `wastes` allocates ten times what `keeps` does, and lets go of it. */
const app = `const kept = [];
let last;
function keeps() { for (let i = 0; i < 1000; i++) kept.push(new Array(30).fill(i)); }
function wastes() { for (let i = 0; i < 10_000; i++) last = new Array(30).fill(i); }
setInterval(keeps, 10);
setInterval(wastes, 10);`;

function profileOf(answer: Answer): Profile {
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  return decodeProfile(gunzipSync(answer.body));
}

function bytesOf(profile: Profile, name: string): number {
  return topEntries(profile, { limit: 1000 }).entries.find(entry => entry.function === name)?.cum ?? 0;
}

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`Node ${version}: allocs has what was freed, heap only what is alive`, { skip: node === undefined }, async t => {
    const target = await startTarget(t, app, { ...(node === undefined ? {} : { node }) });
    const heap = profileOf(await target.ask('/debug/pprof/heap?seconds=1'));
    assert.deepEqual(
      heap.sampleTypes.map(({ type }) => type),
      ['inuse_objects', 'inuse_space'],
    );
    assert.ok(bytesOf(heap, 'keeps') > bytesOf(heap, 'wastes'), 'what is alive is what keeps() holds');
    const allocs = profileOf(await target.ask('/debug/pprof/allocs?seconds=1&gc=1'));
    assert.deepEqual(
      allocs.sampleTypes.map(({ type }) => type),
      ['alloc_objects', 'alloc_space'],
    );
    assert.equal(allocs.defaultSampleType, 'alloc_space');
    assert.ok(bytesOf(allocs, 'wastes') > 3 * bytesOf(allocs, 'keeps'), 'what was let go of is in it');
  });
}

test('windows that overlap share the sampler, and each has only its own time', async t => {
  const once = `function early() { globalThis.a = Array.from({ length: 200_000 }, () => [1, 2, 3]); console.log('grown'); }
setTimeout(early, 1500);
setInterval(function late() { (globalThis.b ??= []).push(new Array(1000).fill(1)); }, 1);`;
  const target = await startTarget(t, once);
  const first = target.ask('/debug/pprof/heap?seconds=4');
  await target.said('grown');
  const second = profileOf(await target.ask('/debug/pprof/heap?seconds=1'));
  assert.equal(bytesOf(second, 'early'), 0, 'allocated before it began');
  assert.ok(bytesOf(second, 'late') > 0);
  assert.ok(bytesOf(profileOf(await first), 'early') > 4_000_000);
});

test('while the one is sampled the other is busy; with the option heap allocs can’t be had', async t => {
  const target = await startTarget(t, app);
  const heap = target.ask('/debug/pprof/heap?seconds=2');
  await new Promise(resolve => setTimeout(resolve, 500));
  const allocs = await target.ask('/debug/pprof/allocs?seconds=1');
  assert.deepEqual([allocs.status, allocs.headers['retry-after']], [429, '5']);
  assert.equal((await heap).status, 200);
  assert.equal((await target.ask('/debug/pprof/allocs?seconds=1')).status, 200);
  const always = await startTarget(t, app, { env: { NOPS_HEAP: '1' } });
  assert.equal((await always.ask('/debug/pprof/allocs')).status, 501);
});

test('with the option heap, seconds is the difference of two looks, and what was freed meanwhile is negative', async t => {
  const code = `let first;
function holds() { first = Array.from({ length: 300_000 }, () => [1, 2, 3]); }
function grows() { globalThis.b = Array.from({ length: 300_000 }, () => [1, 2, 3]); }
setTimeout(() => { holds(); console.log('held'); }, 300);
process.on('SIGUSR2', () => { first = undefined; grows(); });`;
  const target = await startTarget(t, `${code} setInterval(() => {}, 1000);`, { env: { NOPS_HEAP: '1' } });
  await target.said('held');
  const asked = target.ask('/debug/pprof/heap?seconds=6');
  await new Promise(resolve => setTimeout(resolve, 3000));
  target.child.kill('SIGUSR2');
  const answer = await asked;
  assert.match(String(answer.headers['content-disposition']), /filename="heap-delta"/);
  const profile = profileOf(answer);
  assert.ok(bytesOf(profile, 'holds') < -1_000_000, String(bytesOf(profile, 'holds')));
  assert.ok(bytesOf(profile, 'grows') > 1_000_000, String(bytesOf(profile, 'grows')));
});

test('debug=1 is text in Go’s form', async t => {
  const target = await startTarget(t, app, { env: { NOPS_HEAP: '1' } });
  await new Promise(resolve => setTimeout(resolve, 500));
  const { text } = await target.ask('/debug/pprof/heap?debug=1');
  assert.match(text, /^heap profile: \d+: \d+ \[0: 0\] @ heapprofile\n\d+: \d+ \[0: 0\] @( 0x\w+)+\n#\t0x\w+\t/);
  assert.match(text, /\n# V8's sampling heap profiler/);
});
