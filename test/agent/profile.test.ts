import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { topEntries } from '@nops/core/profile/top';
import { type Answer, agentRegister, startTarget, wellProfiled } from '../support/target.js';

/** Half busy in one function, half free, so that it can be asked at any time. */
const wellBusy = { execArgv: [...wellProfiled, '--import', agentRegister] };
const busy = `function burn(ms) { const end = performance.now() + ms; let x = 0; while (performance.now() < end) x += Math.sqrt(x + 1); return x; }
setInterval(() => burn(20), 40);`;

function profileOf(answer: Answer) {
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  return decodeProfile(gunzipSync(answer.body));
}

test('a CPU profile names the busy function, its file and its hot line', async t => {
  const target = await startTarget(t, busy, wellBusy);
  const answer = await target.ask('/debug/pprof/profile?seconds=1');
  assert.match(String(answer.headers['content-disposition']), /filename="profile"/);
  const profile = profileOf(answer);
  assert.deepEqual(profile.sampleTypes, [
    { type: 'samples', unit: 'count' },
    { type: 'wall', unit: 'nanoseconds' },
  ]);
  const { entries, total } = topEntries(profile, { limit: 5 });
  const burn = entries.find(entry => entry.function === 'burn');
  assert.ok(burn !== undefined && burn.cum > total / 2, JSON.stringify(entries));
  assert.match(burn.file, /^\/.*app\.mjs$/);
  assert.equal(burn.line, 1);
  assert.ok(profile.comments.some(comment => comment.startsWith('idle: ')));
  assert.ok(!profile.functionNames.includes('(idle)') && !profile.functionNames.includes('profile'));
});

test('invalid parameters are refused in words that pprof prints', async t => {
  const target = await startTarget(t, busy, wellBusy);
  for (const query of [
    'seconds=abc',
    'seconds=0',
    'seconds=-1',
    'seconds=1e3',
    'seconds=301',
    'seconds=1&hz=0',
    'seconds=1&hz=x',
  ]) {
    const answer = await target.ask(`/debug/pprof/profile?${query}`);
    assert.equal(answer.status, 400, query);
    assert.match(answer.text, /^invalid value for "(seconds|hz)"/);
    assert.equal(answer.headers['x-go-pprof'], '1');
  }
});

test('profiles taken at once share one sampler and all succeed', async t => {
  const target = await startTarget(t, busy, wellBusy);
  const answers = await Promise.all(Array.from({ length: 8 }, () => target.ask('/debug/pprof/profile?seconds=1')));
  for (const answer of answers) assert.ok(profileOf(answer).functionNames.includes('burn'));
});

test('a second rate while one is being used is told; after a client left, its window is gone', async t => {
  const target = await startTarget(t, busy, wellBusy);
  const rate = (answer: Answer) => profileOf(answer).comments.filter(comment => comment.includes('instead of'));
  const [, joined] = await Promise.all([
    target.ask('/debug/pprof/profile?seconds=2&hz=100'),
    new Promise(resolve => setTimeout(resolve, 500)).then(() => target.ask('/debug/pprof/profile?seconds=1&hz=500')),
  ]);
  assert.equal(rate(joined).length, 1);
  // This client leaves in the middle of a long profile: were its window still open, the next one would have to join its rate.
  await new Promise<void>(resolve => {
    const leaving = request({
      socketPath: target.socketPath(),
      path: '/debug/pprof/profile?seconds=300&hz=100',
      headers: { host: 'localhost' },
    });
    leaving.on('error', () => resolve());
    leaving.end();
    setTimeout(() => leaving.destroy(new Error('left')), 500);
  });
  await new Promise(resolve => setTimeout(resolve, 300));
  assert.deepEqual(rate(await target.ask('/debug/pprof/profile?seconds=1&hz=500')), []);
});

const hoarder = `const kept = []; function hoard() { for (let i = 0; i < 2000; i++) kept.push({ text: 'x'.repeat(100) + i, list: [i, i, i, i] }); }
setInterval(hoard, 10);`;

test('heap: a window sees what was allocated in it', async t => {
  const target = await startTarget(t, hoarder);
  const profile = profileOf(await target.ask('/debug/pprof/heap?seconds=1'));
  assert.equal(profile.sampleTypes.map(v => v.type).join(), 'inuse_objects,inuse_space');
  assert.ok(topEntries(profile, { limit: 10 }).entries.some(entry => entry.function === 'hoard'));
  assert.equal((await target.ask('/debug/pprof/heap?seconds=abc')).status, 400);
});

test('heap: with the option on it answers at once', async t => {
  const target = await startTarget(t, `${hoarder} setTimeout(() => console.log('grown'), 500);`, {
    env: { NOPS_HEAP: '1' },
  });
  await target.said('grown');
  const profile = profileOf(await target.ask('/debug/pprof/heap'));
  assert.ok(topEntries(profile, { limit: 10 }).entries.some(entry => entry.function === 'hoard'));
});
