/** Labels follow async calls: profiles of processes whose split between labels is known, because they measure it themselves. */

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { labelsOf, type Profile, sampleCount } from '@nops/core/profile/model';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import {
  type Answer,
  agentEntry,
  agentRegister,
  ask,
  startTarget,
  type Target,
  until,
  wellProfiled,
} from '../support/target.js';

const require = createRequire(import.meta.url);
const execArgv = [...wellProfiled, '--import', agentRegister];

/**
 * `burn` does so much work and notes when, how much, and what is to be on then; on SIGUSR2 all of it is told. Work and not time: on a busy
 * machine the process waits for a CPU in the middle of any of it, which says nothing of labels.
 */
const common = `import { AsyncResource } from 'node:async_hooks';
import { withLabels } from ${JSON.stringify(agentEntry)};
const done = [];
function burn(amount, name) {
  let sum = 0;
  for (let i = 0; i < amount * 500_000; i++) sum += Math.sqrt(i);
  done.push([performance.timeOrigin + performance.now(), amount, name, sum & 1]);
}
for (let i = 0; i < 20; i++) burn(1, 'warm-up');
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
async function* twice() { yield 1; await sleep(1); yield 2; }
async function steps(ms, name) {
  burn(ms, name); await null; burn(ms, name); await sleep(1); burn(ms, name);
  await new Promise(resolve => setImmediate(resolve)); burn(ms, name);
  await Promise.all([sleep(1), sleep(2)]); burn(ms, name);
  process.nextTick(() => burn(ms, name)); queueMicrotask(() => burn(ms, name)); setImmediate(() => burn(ms, name));
  for await (const _ of twice()) burn(ms, name);
  try { await Promise.reject(new Error()); } catch { burn(ms, name); }
}
process.on('SIGUSR2', () => console.log('truth', JSON.stringify(done)));
`;

/** A server that tells how many async hooks are on. */
const countsHooks = `
import http from 'node:http';
import { createRequire } from 'node:module';
const { async_hook_fields } = createRequire(import.meta.url)('internal/test/binding').internalBinding('async_wrap');
const ids = () => async_hook_fields[0] + async_hook_fields[1] + async_hook_fields[2];
http.createServer((req, res) => res.end(String(ids()))).listen(0, '127.0.0.1', function () { console.log('port', this.address().port); });
`;

/** Samples within `burn` by the value of a label; '' for none. */
function byLabel(profile: Profile, key: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (let i = 0; i < sampleCount(profile); i++) {
    const stack = [...profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1])];
    const names = stack.map(
      location => profile.functionNames[profile.lineFunctions[profile.lineStarts[location] ?? 0] ?? 0],
    );
    if (!names.includes('burn')) continue;
    const label = labelsOf(profile, i).find(l => l.key === key);
    const text = label !== undefined && 'text' in label ? label.text : '';
    sums.set(text, (sums.get(text) ?? 0) + (profile.values[i * 2] ?? 0));
  }
  return sums;
}

/** A profile, and what the process did by its own account in the same time. */
async function profileWithTruth(target: Target, seconds: number): Promise<[Profile, Map<string, number>]> {
  const answer: Answer = await target.ask(`/debug/pprof/profile?seconds=${seconds}&hz=1000&thread=main`);
  target.child.kill('SIGUSR2');
  const done: [number, number, string][] = JSON.parse(await target.said('truth'));
  assert.equal(answer.status, 200, answer.text);
  const profile = decodeProfile(gunzipSync(answer.body));
  const begin = Number(profile.timeNanos) / 1e6;
  const end = begin + profile.durationNanos / 1e6;
  const truth = new Map<string, number>();
  for (const [atMs, amount, name] of done)
    if (atMs >= begin && atMs <= end) truth.set(name, (truth.get(name) ?? 0) + amount);
  return [profile, truth];
}

/** Of all time that the sums have, the share of one. */
function share(sums: ReadonlyMap<string, number>, name: string): number {
  const all = [...sums.values()].reduce((sum, value) => sum + value, 0);
  return (sums.get(name) ?? 0) / all;
}

/** As close as so many samples can be. */
function assertShares(found: ReadonlyMap<string, number>, truth: ReadonlyMap<string, number>): void {
  const samples = [...found.values()].reduce((sum, value) => sum + value, 0);
  assert.ok(samples > 50, `${samples} samples`);
  for (const name of truth.keys()) {
    const [is, was] = [share(found, name), share(truth, name)];
    const error = 0.05 + 4 * Math.sqrt((was * (1 - was)) / samples);
    assert.ok(Math.abs(is - was) < error, `${name}: ${is} instead of ${was}: ${JSON.stringify([...found])}`);
  }
}

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const on = (env: Record<string, string>) => ({ execArgv, env, ...(node === undefined ? {} : { node }) });

  test(`Node ${version}: withLabels across every kind of await`, { skip: node === undefined }, async t => {
    const code = `${common}
async function serve(ms, kind) { for (;;) { await withLabels({ kind }, () => steps(ms, kind)); await sleep(3); } }
async function plain() { for (;;) { await steps(1, ''); await sleep(3); } }
const foreign = withLabels({ kind: 'light' }, () => new AsyncResource('foreign'));
const nested = () => withLabels({ kind: 'heavy' }, () => { foreign.runInAsyncScope(burn, null, 2, 'light'); burn(3, 'heavy'); });
serve(2, 'heavy'); serve(1, 'light'); plain(); setInterval(nested, 15);`;
    const target = await startTarget(t, code, on({ NOPS_LABELS: '1' }));
    const [profile, truth] = await profileWithTruth(target, 3);
    assertShares(byLabel(profile, 'kind'), truth);
    assert.match(
      profile.comments.join('\n'),
      /^labels: \d+\.\d % of the time has none; .*\d+ switches of context seen$/m,
    );
    const again = await target.ask('/debug/pprof/profile?seconds=1&hz=1000&thread=main');
    assert.ok(share(byLabel(decodeProfile(gunzipSync(again.body)), 'kind'), 'heavy') > 0.3, 'a second time too');
  });

  test(`Node ${version}: routes of a server label themselves`, { skip: node === undefined }, async t => {
    const code = `${common}
import http from 'node:http';
http.createServer(async (req, res) => {
  const heavy = req.url.startsWith('/orders/');
  await steps(heavy ? 3 : 1, heavy ? '/orders/:id' : '/feed');
  res.end('done');
}).listen(0, '127.0.0.1', function () { console.log('port', this.address().port); });`;
    const target = await startTarget(t, code, on({ NOPS_LABELS: 'routes' }));
    const port = Number(await target.said('port'));
    let goesOn = true;
    t.after(() => {
      goesOn = false;
    });
    for (const path of [() => `/orders/${Math.floor(Math.random() * 1e6)}?a=b`, () => '/feed'])
      void keepAsking(port, path, () => goesOn);
    const [profile, truth] = await profileWithTruth(target, 3);
    goesOn = false;
    const found = byLabel(profile, 'route');
    found.delete(''); // of requests that had begun before
    assertShares(found, truth);
    assert.deepEqual([...found.keys()].sort(), ['/feed', '/orders/:id']);
    assert.ok(byLabel(profile, 'method').has('GET'));
  });
}

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`Node ${version}: the past has labels too, and no hook is on once the governor has ended it`, {
    skip: node === undefined,
  }, async t => {
    const code = `${common}${countsHooks}
async function serve(kind) { for (;;) { await withLabels({ kind }, () => steps(1, kind)); await sleep(3); } }
serve('heavy');`;
    const on = async (budget: string) => {
      const env = { NOPS_LABELS: '1', NOPS_PROFILE: 'warm', NOPS_PROFILE_BUDGET: budget };
      const target = await startTarget(t, code, {
        execArgv: ['--expose-internals', ...execArgv],
        env,
        ...(node === undefined ? {} : { node }),
      });
      const port = Number(await target.said('port'));
      return { target, hooks: async () => Number((await ask({ port, path: '/', host: '127.0.0.1' })).text) };
    };
    const profiling = async (target: Target) =>
      JSON.parse((await target.ask('/debug/nops/info?details=0')).text).profiling as {
        isOn: boolean;
        events: unknown[];
      };
    const heldLabels = async (target: Target) => {
      const past = await target.ask('/debug/pprof/profile?from=-60s');
      return past.status === 200 ? byLabel(decodeProfile(gunzipSync(past.body)), 'kind') : new Map<string, number>();
    };

    const { target, hooks } = await on('100');
    await until(
      async () => ((await heldLabels(target)).get('heavy') ?? 0) > 50 || undefined,
      () => 'labelled samples of the past',
    );
    const during = await hooks();
    assert.ok(share(await heldLabels(target), 'heavy') > 0.7);

    const governed = await on('0.1');
    await until(
      async () => {
        const { isOn, events } = await profiling(governed.target);
        return (!isOn && events.length > 1) || undefined;
      },
      () => 'the governor',
      60_000,
    );
    await until(
      // On Node 20 and 22 AsyncLocalStorage has hooks of its own, as long as the app's labels are in one.
      async () => (await governed.hooks()) < during || undefined,
      () => 'the hooks to be off',
    );
    const held = await heldLabels(governed.target);
    assert.ok(share(held, 'heavy') > 0.7, `what is held keeps its labels: ${JSON.stringify([...held])}`);
  });
}

async function keepAsking(port: number, path: () => string, goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    await new Promise<void>(resolve => {
      const asked = request({ port, path: path(), headers: { connection: 'keep-alive' } }, answer => {
        answer.resume().on('close', resolve);
      });
      asked.on('error', () => resolve());
      asked.end();
    });
  }
}

for (const express of ['express', 'express4']) {
  test(`${express}: a route has the name that it was registered by, the router’s path included`, async t => {
    const code = `${common}
import express from ${JSON.stringify(require.resolve(express))};
const users = express.Router();
users.get('/:name/posts', async (req, res) => { await withLabels({ tenant: 'a' }, () => steps(3, 'posts')); res.send('done'); });
const app = express(); app.use('/users', users);
app.listen(0, '127.0.0.1', function () { console.log('port', this.address().port); });`;
    const target = await startTarget(t, code, { execArgv, env: { NOPS_LABELS: 'routes' } });
    const port = Number(await target.said('port'));
    let goesOn = true;
    t.after(() => {
      goesOn = false;
    });
    let n = 0;
    void keepAsking(
      port,
      () => `/users/somebody-${n++}/posts`,
      () => goesOn,
    );
    const answer = await target.ask('/debug/pprof/profile?seconds=2&hz=1000&thread=main');
    goesOn = false;
    const profile = decodeProfile(gunzipSync(answer.body));
    assert.deepEqual(
      [...byLabel(profile, 'route').keys()].filter(name => name !== ''),
      ['/users/:name/posts'],
    );
    assert.ok(share(byLabel(profile, 'tenant'), 'a') > 0.5, 'labels of the app come to those of the request');
  });
}

test('without the option nothing is labelled and no hook is on; with it, only while somebody profiles', async t => {
  const code = `import { withLabels } from ${JSON.stringify(agentEntry)};${countsHooks}`;
  for (const labels of ['0', 'routes']) {
    const target = await startTarget(t, code, {
      execArgv: ['--expose-internals', ...execArgv],
      env: { NOPS_LABELS: labels },
    });
    const port = Number(await target.said('port'));
    const hooks = async () => Number((await ask({ port, path: '/', host: '127.0.0.1' })).text);
    assert.equal(await hooks(), 0);
    const profile = target.ask('/debug/pprof/profile?seconds=2&thread=main');
    await new Promise(resolve => setTimeout(resolve, 1000));
    const during = await hooks();
    assert.ok(labels === '0' ? during === 0 : during > 0, `${labels}: ${during} hooks`);
    const { comments } = decodeProfile(gunzipSync((await profile).body));
    assert.equal(
      comments.some(line => line.startsWith('labels: ')),
      labels !== '0',
    );
    await new Promise(resolve => setTimeout(resolve, 300));
    assert.equal(await hooks(), 0);
  }
});
