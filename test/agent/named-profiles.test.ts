/** Go's named profiles: goroutine, threadcreate, the app's own; symbol, the index, and what too many at once are told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type { Profile } from '@nops/core/profile/model';
import { topEntries } from '@nops/core/profile/top';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { type Answer, agentEntry, startTarget, until } from '../support/target.js';

function profileOf(answer: Answer): Profile {
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  assert.equal(answer.headers['content-type'], 'application/octet-stream');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  return decodeProfile(gunzipSync(answer.body));
}

function flatOf(profile: Profile, name: string): number {
  return topEntries(profile, { limit: 1000 }).entries.find(entry => entry.function === name)?.flat ?? 0;
}

const app = `import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createProfile, lookup } from ${JSON.stringify(agentEntry)};
async function innermost() { await sleep(100_000); }
async function waits() { await innermost(); }
for (let i = 0; i < 7; i++) waits();
async function another() { await sleep(100_000); }
let others = 0;
setInterval(() => { if (others++ < 5000) another(); }, 20);
const idle = "setInterval(() => {}, 1000)";
function startsWorkers() { return [1, 2, 3].map(() => new Worker(idle, { eval: true })); }
const [first] = startsWorkers();
const open = createProfile('app.leases');
function lease(o) { open.add(o); }
const held = [{}, {}, {}, {}];
for (const o of held) lease(o);
open.add(held[0]);
open.remove(held[3]);
open.remove({});
if (lookup('app.leases').count !== 3 || lookup('none') !== undefined) throw new Error('count');
for (const name of ['heap', 'app.leases', 'a/b', '', 'x'.repeat(101)]) {
  try { createProfile(name); console.log('taken', name); } catch (error) { if (error.code !== 'usage') throw error; }
}
first.on('online', async () => { await first.terminate(); console.log('ready'); });`;

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`Node ${version}: goroutine, threadcreate and a profile of the app's own`, {
    skip: node === undefined,
  }, async t => {
    const target = await startTarget(t, app, { ...(node === undefined ? {} : { node }) });
    await target.said('ready');
    assert.equal(target.output().stdout.includes('taken'), false, target.output().stdout);

    const threads = profileOf(await target.ask('/debug/pprof/threadcreate'));
    assert.deepEqual(
      threads.sampleTypes.map(({ type }) => type),
      ['created', 'threadcreate'],
    );
    assert.ok(threads.functionNames.includes('startsWorkers'), threads.functionNames.join());
    assert.deepEqual([...threads.values], [3, 2], 'one of three has ended');
    const own = await target.ask('/debug/pprof/app.leases?debug=1');
    assert.match(own.text, /^app\.leases profile: total 3\n3 @ 0x1 0x2( 0x3)?\n#\t0x1\tlease\t\/.*app\.mjs:14\n/);
    assert.equal(own.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(flatOf(profileOf(await target.ask('/debug/pprof/app.leases')), 'lease'), 3);

    const before = profileOf(await target.ask('/debug/pprof/goroutine'));
    assert.equal(flatOf(before, 'innermost'), 7, `${before.comments.join('; ')}: ${before.functionNames.join()}`);
    let [grown, later] = [before, before];
    // On a machine with too little time the app may not come to call any in two seconds.
    await until(
      async () => {
        grown = profileOf(await target.ask('/debug/pprof/goroutine?seconds=2'));
        later = profileOf(await target.ask('/debug/pprof/goroutine'));
        const [others, all] = [flatOf(grown, 'another'), flatOf(later, 'another')];
        return (others > 0 && others < all) || undefined;
      },
      () =>
        `some, not all, to be new: ${flatOf(grown, 'another')} of ${later.functionNames.join()}; ${later.comments.join('; ')}`,
    );
    assert.equal(flatOf(grown, 'innermost'), 0, 'those of the first look are taken off');
    const now = await target.ask('/debug/pprof/goroutine?debug=1');
    const dump = await target.ask('/debug/pprof/goroutine?debug=2');
    assert.match(now.text, /^goroutine profile: total \d+\n/);
    assert.match(now.text, /\n7 @ 0x\w+ 0x\w+\n/);
    assert.equal(dump.text.match(/\ninnermost\(\)\n\t.*app\.mjs:4:\d+\nwaits\(\)\n\t.*app\.mjs:5:\d+\n/g)?.length, 7);
    // What moves while it is read has no cause: then the next look has it.
    await until(
      async () => {
        const { text } = await target.ask('/debug/pprof/goroutine?debug=2');
        return /^goroutine \d+ \[.*timer.*\]:\n/m.test(text) || undefined;
      },
      () => `a timer as the cause; ${dump.text.slice(0, 200)}`,
    );

    const index = await target.ask('/debug/pprof/');
    assert.match(index.text, /<td>3<\/td><td><a href="\.\/app\.leases\?debug=1">/);
    assert.match(index.text, /<td>2<\/td><td><a href="\.\/threadcreate\?debug=1">/);
  });
}

test('symbol answers as Go’s, mutex is unknown, and what does not fit together is refused in Go’s words', async t => {
  const target = await startTarget(t, 'setInterval(() => {}, 1000)');
  assert.equal((await target.ask('/debug/pprof/symbol?0x1+0x2')).text, 'num_symbols: 0\n');
  assert.equal((await target.ask('/debug/pprof/symbol', { body: '0x1+0x2' })).text, 'num_symbols: 0\n');
  for (const name of ['mutex', 'nothing.of.this']) {
    const unknown = await target.ask(`/debug/pprof/${name}`);
    assert.deepEqual([unknown.status, unknown.text], [404, 'Unknown profile\n']);
    assert.deepEqual([unknown.headers['x-go-pprof'], unknown.headers['x-content-type-options']], ['1', 'nosniff']);
  }
  for (const name of ['goroutine', 'threadcreate', 'heap', 'allocs']) {
    const both = await target.ask(`/debug/pprof/${name}?debug=1&seconds=1`);
    assert.deepEqual([both.status, both.text], [400, 'seconds and debug params are incompatible\n'], name);
    assert.equal((await target.ask(`/debug/pprof/${name}?seconds=0`)).status, 400, name);
  }
  assert.equal((await target.ask('/debug/pprof/goroutine', { body: 'x' })).status, 405);
});

// With the option heap the first look is over when the headers go out, and the place is still taken.
for (const env of [{}, { NOPS_HEAP: '1' }]) {
  const how = Object.keys(env).join() || 'no option';
  test(`as many as may be taken at once: the next is told when to come again (${how})`, async t => {
    const target = await startTarget(t, 'setInterval(() => {}, 1000)', { env });
    const three = [1, 2, 3].map(() => target.ask('/debug/pprof/heap?seconds=3'));
    await new Promise(resolve => setTimeout(resolve, 1000));
    const fourth = await target.ask('/debug/pprof/heap?seconds=1');
    assert.equal(fourth.status, 429);
    assert.match(String(fourth.headers['retry-after']), /^[123]$/);
    assert.match(fourth.text, /3 heap profiles are being taken already/);
    assert.equal(fourth.headers['x-go-pprof'], '1');
    for (const answer of await Promise.all(three)) assert.equal(answer.status, 200);
    assert.equal((await target.ask('/debug/pprof/heap?seconds=1')).status, 200, 'the places are free again');
  });
}
