import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool, PoolsResult, SetResult, StatsResult, TunablesResult } from '@nops/core/protocol/results';
import { agentEntry, startTarget, type Target } from '../support/target.js';

/** An upstream and clients in one process: /work?with=<agent|fetch|global>&n=<requests at once> */
const app = `import http from 'node:http';
import { tunable } from ${JSON.stringify(agentEntry)};
const upstream = http.createServer((q, r) => setTimeout(() => r.end('ok'), 30)).listen(0, '127.0.0.1', () => {
  const { port } = upstream.address();
  const small = new http.Agent({ keepAlive: true, maxFreeSockets: 1 });
  const one = () => new Promise(done => http.get({ host: '127.0.0.1', port, agent: small }, r => r.resume().on('end', done)));
  const global = () => new Promise(done => http.get({ host: '127.0.0.1', port }, r => r.resume().on('end', done)));
  const byFetch = () => fetch('http://127.0.0.1:' + port).then(r => r.text());
  const ways = { agent: one, global, fetch: byFetch };
  const server = http.createServer(async (q, r) => {
    const { searchParams } = new URL(q.url, 'http://x');
    await Promise.all(Array.from({ length: Number(searchParams.get('n')) }, ways[searchParams.get('with')]));
    r.end();
  }).listen(0, '127.0.0.1', () => console.log('port', server.address().port));
  let limit = 5;
  tunable('app.limit', { description: 'a limit', get: () => limit, set: async v => { if (v > 100) throw new Error('too many'); limit = v; } });
});`;

interface Driven {
  target: Target;
  /** Sends rounds of `n` requests at once until `seconds` have been measured. */
  pools: (way: string, n: number) => Promise<Pool[]>;
  set: (changes: Record<string, unknown>) => ReturnType<Target['ask']>;
}

async function drive(t: Parameters<typeof startTarget>[0]): Promise<Driven> {
  const target = await startTarget(t, app);
  const port = await target.said('port');
  return {
    target,
    pools: async (way, n) => {
      let measuring = true;
      const load = (async () => {
        while (measuring) await (await fetch(`http://127.0.0.1:${port}/?with=${way}&n=${n}`)).text();
      })();
      const result = (await target.ask('/debug/nops/pools?seconds=1')).json() as unknown as PoolsResult;
      measuring = false;
      await load;
      return result.pools;
    },
    set: changes =>
      target.ask('/debug/nops/tunables', {
        body: JSON.stringify({ changes: Object.entries(changes).map(([name, value]) => ({ name, value })) }),
      }),
  };
}

test('an Agent that keeps one connection: seen with its peer and reuse, changed live, and then it reuses', async t => {
  const { pools, set } = await drive(t);
  const before = (await pools('agent', 10)).find(p => p.name === 'http-1');
  assert.ok(before);
  assert.equal(before.kind, 'http');
  assert.deepEqual(before.settings, { keepAlive: true, maxSockets: null, maxFreeSockets: 1, timeout: null });
  const [peer] = before.peers;
  assert.match(peer?.peer ?? '', /^127\.0\.0\.1:\d+$/);
  assert.ok((peer?.reuse ?? 1) < 0.5, `reuse ${peer?.reuse}`);
  assert.ok((peer?.openedPerSec ?? 0) > 0);

  const changed = (await set({ 'http-1.maxFreeSockets': 64 })).json() as unknown as SetResult;
  assert.deepEqual(changed.changes, [{ name: 'http-1.maxFreeSockets', old: 1, new: 64 }]);
  await pools('agent', 10);
  const after = (await pools('agent', 10)).find(p => p.name === 'http-1')?.peers[0];
  assert.ok((after?.reuse ?? 0) > 0.9, `reuse ${after?.reuse}`);
  assert.ok((after?.openedPerSec ?? 99) < (peer?.openedPerSec ?? 0) / 4);
});

test('the global agent and fetch are pools too, and fetch takes new settings', async t => {
  const { pools, set, target } = await drive(t);
  assert.ok((await pools('global', 4)).some(p => p.name === 'http-global' && (p.peers[0]?.requestsPerSec ?? 0) > 0));
  const before = (await pools('fetch', 12)).find(p => p.kind === 'fetch');
  assert.ok((before?.peers[0]?.requestsPerSec ?? 0) > 0);
  assert.equal(before?.settings.maxFreeSockets, null);
  assert.equal((await set({ 'fetch.maxSockets': 3, 'fetch.timeout': 20_000 })).status, 200);
  const after = (await pools('fetch', 12)).find(p => p.kind === 'fetch');
  assert.deepEqual([after?.settings.maxSockets, after?.settings.timeout], [3, 20_000]);
  const peer = after?.peers[0];
  assert.ok((peer?.inUse ?? 0) + (peer?.free ?? 0) <= 3, JSON.stringify(after));
  const refused = await set({ 'fetch.maxFreeSockets': 3 });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /there is no tunable/);
  await target.warned(/nops: set fetch\.maxSockets: null → 3/);
});

test('settings of every kind: pools, servers and the app’s own; listed, changed and logged', async t => {
  const { pools, set, target } = await drive(t);
  await pools('agent', 2);
  const list = async () => (await target.ask('/debug/nops/tunables')).json() as unknown as TunablesResult;
  const { tunables } = await list();
  const server = tunables.find(entry => /^server-\d+\.keepAliveTimeout$/.test(entry.name));
  assert.equal(server?.value, 5000);
  const changes = {
    [server?.name ?? '']: 9000,
    [(server?.name ?? '').replace('keepAliveTimeout', 'maxConnections')]: 500,
    'http-1.maxSockets': 8,
    'http-1.keepAlive': false,
    'http-1.timeout': 1234,
    'app.limit': 50,
  };
  assert.equal((await set(changes)).status, 200);
  const after = await list();
  for (const [name, value] of Object.entries(changes))
    assert.equal(after.tunables.find(entry => entry.name === name)?.value, value, name);
  assert.deepEqual(
    after.log.map(change => change.name),
    Object.keys(changes),
  );
  assert.equal(after.log.find(change => change.name === 'app.limit')?.old, 5);
  assert.equal((await set({ 'http-1.maxSockets': null, 'http-1.timeout': null })).status, 200);
  assert.equal((await list()).tunables.find(entry => entry.name === 'http-1.maxSockets')?.value, null);
});

test('bad names and values are refused by name, and nothing is changed, not even the good part', async t => {
  const { pools, set, target } = await drive(t);
  await pools('agent', 2);
  const bad: [string, unknown, RegExp][] = [
    ['http-1.maxFreeSocket', 3, /there is no tunable .{2}http-1\.maxFreeSocket\\".*Known ones: http-1\.keepAlive/s],
    ['http-9.maxSockets', 3, /there is no tunable/],
    ['http-1.maxSockets', 0, /a whole number from 1/],
    ['http-1.maxSockets', 1.5, /a whole number/],
    ['http-1.maxFreeSockets', -1, /a whole number from 0/],
    ['http-1.maxFreeSockets', 'many', /a whole number/],
    ['http-1.keepAlive', 'yes', /true or false/],
    ['app.limit', 1000, /too many.*already changed: http-1\.maxSockets/s],
  ];
  for (const [name, value, message] of bad) {
    const answer = await set({ 'http-1.maxSockets': 77, [name]: value });
    assert.equal(answer.status, 400, name);
    assert.match(answer.text, message);
    if (name === 'app.limit') continue;
    const { tunables } = (await target.ask('/debug/nops/tunables')).json() as unknown as TunablesResult;
    assert.equal(
      tunables.find(entry => entry.name === 'http-1.maxSockets')?.value,
      null,
      `${name} left a change behind`,
    );
  }
});

test('stats counts requests in flight, in and out, and the loop', async t => {
  const { target } = await drive(t);
  const port = await target.said('port');
  const load = Array.from({ length: 5 }, () => fetch(`http://127.0.0.1:${port}/?with=agent&n=40`).then(r => r.text()));
  let seen: StatsResult | undefined;
  const again = setInterval(
    () => load.push(fetch(`http://127.0.0.1:${port}/?with=agent&n=40`).then(r => r.text())),
    10,
  );
  try {
    seen = (await target.ask('/debug/nops/stats?seconds=1')).json() as unknown as StatsResult;
  } finally {
    clearInterval(again);
    await Promise.all(load);
  }
  assert.ok(
    (seen.requests?.in.inFlight ?? 0) > 0 && (seen.requests?.out.inFlight ?? 0) > 0,
    JSON.stringify(seen.requests),
  );
  assert.ok((seen.requests?.in.finishedPerSec ?? 0) > 0 && (seen.requests?.out.finishedPerSec ?? 0) > 0);
  assert.ok((seen.loop?.utilization ?? 0) > 0 && (seen.loop?.utilization ?? 2) <= 1);
  assert.ok((seen.heap?.limitBytes ?? 0) > (seen.heap?.usedBytes ?? 0));
  assert.ok((seen.activeHandles ?? 0) > 0);
  assert.equal(seen.blockedForMs, null);
});

test('HTTPS: requests in flight are counted at the server and at the client, and the server can be tuned', async t => {
  const certs = new URL('../../../examples/blocked-read/certs/', import.meta.url).pathname;
  const code = `import { readFileSync } from 'node:fs';
import https from 'node:https';
const cert = readFileSync(${JSON.stringify(`${certs}upstream.cert.pem`)});
const server = https.createServer({ key: readFileSync(${JSON.stringify(`${certs}upstream.key.pem`)}), cert }, () => {}).listen(0, () => {
  for (let i = 0; i < 5; i++) https.get({ host: 'localhost', port: server.address().port, ca: cert });
  let seen = 0;
  server.on('request', () => { if (++seen === 5) console.log('waiting'); });
});`;
  const target = await startTarget(t, code);
  await target.said('waiting');
  const stats = (await target.ask('/debug/nops/stats')).json() as unknown as StatsResult;
  assert.deepEqual([stats.requests?.in.inFlight, stats.requests?.out.inFlight], [5, 5]);
  const { pools } = (await target.ask('/debug/nops/pools')).json() as unknown as PoolsResult;
  assert.deepEqual([pools[0]?.name, pools[0]?.kind, pools[0]?.peers[0]?.inUse], ['https-global', 'https', 5]);
  const { tunables } = (await target.ask('/debug/nops/tunables')).json() as unknown as TunablesResult;
  assert.ok(tunables.some(entry => /^server-\d+\.keepAliveTimeout$/.test(entry.name)));
});
