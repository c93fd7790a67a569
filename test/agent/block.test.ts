/** What blocked the event loop, in processes whose stalls are known. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type { Profile } from '@nops/core/profile/model';
import { topEntries } from '@nops/core/profile/top';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { type Answer, agentRegister, startTarget, until, wellProfiled } from '../support/target.js';

/** `stalls` blocks the loop for 300 ms at a time, `works` is as busy in short pieces, `sleeps` blocks without any use of the CPU. */
const app = `const spin = ms => { const end = performance.now() + ms; while (performance.now() < end); };
function stalls() { spin(300); }
function works() { spin(8); }
const cell = new Int32Array(new SharedArrayBuffer(4));
function sleeps() { Atomics.wait(cell, 0, 0, 200); }
setInterval(stalls, 1000); setInterval(works, 14); setTimeout(() => setInterval(sleeps, 1000), 500);`;

function profileOf(answer: Answer): Profile {
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  return decodeProfile(gunzipSync(answer.body));
}

/** Of one sample type, by function with what it calls. */
function cumOf(profile: Profile, type: string, name: string): number {
  const shown = { ...profile, defaultSampleType: type };
  return topEntries(shown, { limit: 1000 }).entries.find(entry => entry.function === name)?.cum ?? 0;
}

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`Node ${version}: stalls by stack, and not what is only busy`, { skip: node === undefined }, async t => {
    const target = await startTarget(t, app, {
      execArgv: [...wellProfiled, '--import', agentRegister],
      ...(node === undefined ? {} : { node }),
    });
    const answer = await target.ask('/debug/pprof/block?seconds=4');
    assert.match(String(answer.headers['content-disposition']), /filename="block"/);
    const profile = profileOf(answer);
    assert.deepEqual(profile.sampleTypes, [
      { type: 'contentions', unit: 'count' },
      { type: 'delay', unit: 'nanoseconds' },
    ]);
    const contentions = cumOf(profile, 'contentions', 'stalls');
    const delaySeconds = cumOf(profile, 'delay', 'stalls') / 1e9;
    assert.ok(contentions >= 2 && contentions <= 5, `${contentions} contentions`);
    assert.ok(delaySeconds / contentions > 0.2, `${delaySeconds} s`);
    assert.ok(cumOf(profile, 'contentions', 'sleeps') >= 2);
    assert.ok(cumOf(profile, 'delay', 'works') < cumOf(profile, 'delay', 'stalls') / 3);
    assert.match(
      profile.comments.join('\n'),
      /^stalls of the event loop of 100 ms and more, on the main thread: \d+, the longest \d+ ms$/m,
    );
  });
}

test('a threshold, text as Go’s, another format, and nothing where nothing stalls', async t => {
  const target = await startTarget(t, app, { execArgv: [...wellProfiled, '--import', agentRegister] });
  const long = profileOf(await target.ask('/debug/pprof/block?seconds=3&threshold=280'));
  assert.ok(cumOf(long, 'delay', 'stalls') > 0);
  assert.equal(cumOf(long, 'contentions', 'sleeps'), 0, 'those of 200 ms are below it');
  const { text } = await target.ask('/debug/pprof/block?debug=1');
  assert.match(text, /^--- contention:\ncycles\/second=1000000000\n\d+ \d+ @( 0x\w+)+\n#\t0x\w+\t/);
  const collapsed = await target.ask('/debug/pprof/block?seconds=3&format=collapsed');
  assert.match(collapsed.text, /(^|;)stalls(;spin)? \d+$/m);
  assert.match(String(collapsed.headers['content-type']), /^text\/plain/);
  for (const query of ['threshold=1', 'hz=5000', 'format=nothing', 'debug=1&format=json'])
    assert.equal((await target.ask(`/debug/pprof/block?seconds=1&${query}`)).status, 400, query);
  const idle = await startTarget(t, 'setInterval(() => {}, 1000)');
  assert.equal(profileOf(await idle.ask('/debug/pprof/block?seconds=1&threshold=5000')).values.length, 0);
});

test('where the agent samples all the time it answers from what it holds; seconds is of now', async t => {
  const target = await startTarget(t, app, {
    execArgv: [...wellProfiled, '--import', agentRegister],
    env: { NOPS_PROFILE: 'warm', NOPS_PROFILE_BUDGET: '100' },
  });
  await until(
    async () => {
      const { profiling } = JSON.parse((await target.ask('/debug/nops/info?details=0')).text);
      return profiling.heldSeconds > 3 || undefined;
    },
    () => 'a past',
  );
  const held = await until(
    async () => {
      const profile = profileOf(await target.ask('/debug/pprof/block'));
      return cumOf(profile, 'contentions', 'stalls') >= 3 ? profile : undefined;
    },
    () => 'stalls of the past',
  );
  assert.ok(cumOf(held, 'delay', 'stalls') / 1e9 > 0.5);
  assert.ok(cumOf(held, 'delay', 'works') < cumOf(held, 'delay', 'stalls') / 3);
  assert.ok(held.durationNanos > 2e9, `${held.durationNanos} ns`);
  assert.match(held.comments.join('\n'), /^profiling all the time is on at/m);
  const now = profileOf(await target.ask('/debug/pprof/block?seconds=1'));
  assert.ok(now.durationNanos < held.durationNanos, `${now.durationNanos} ns`);
  assert.ok(
    cumOf(profileOf(await target.ask('/debug/pprof/block')), 'contentions', 'stalls') > 0,
    'still watched then',
  );
});
