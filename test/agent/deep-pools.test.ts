/** `/debug/nops/pools?deep=1`: pools that no request uses are found by a search of the heap, on each Node, and nothing is kept alive by it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PoolsResult, SetResult } from '@nops/core/protocol/results';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { agentRegister, startTarget, type Target } from '../support/target.js';

/** Pools of each kind in variables only; SIGUSR2 drops them, collects, and tells which are still there. */
const app = `import http from 'node:http';
import https from 'node:https';
const server = http.createServer((q, r) => r.end('ok'));
server.keepAliveTimeout = 90_000;
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  await (await fetch('http://127.0.0.1:' + port)).text();
  const Dispatcher = (globalThis[Symbol.for('undici.globalDispatcher.2')] ?? globalThis[Symbol.for('undici.globalDispatcher.1')]).constructor;
  let pools = {
    http: new http.Agent({ keepAlive: true, maxSockets: 7 }),
    https: new https.Agent({ maxFreeSockets: 3, timeout: 1234 }),
    derived: new (class Mine extends http.Agent {})({ maxSockets: 8 }),
    undici: new Dispatcher({ connections: 9, keepAliveTimeout: 90_000 }),
  };
  await (await fetch('http://127.0.0.1:' + port, { dispatcher: pools.undici })).text();
  const held = Object.entries(pools).map(([name, pool]) => [name, new WeakRef(pool)]);
  process.on('SIGUSR2', async () => {
    pools.undici?.destroy();
    pools = {};
    for (let i = 0; i < 4; i++) { await new Promise(resolve => setTimeout(resolve, 20)); gc(); }
    console.log('alive', JSON.stringify(held.filter(([, ref]) => ref.deref() !== undefined).map(([name]) => name)));
  });
  console.log('port', port);
});`;

async function pools(target: Target, query: string): Promise<PoolsResult> {
  const answer = await target.ask(`/debug/nops/pools?seconds=1${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json() as unknown as PoolsResult;
}

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`Node ${version}: pools that no request uses are found with deep=1, are changed, and go when the app drops them`, async t => {
    if (node === undefined) return t.skip(`Node ${version} is not installed`);
    const target = await startTarget(t, app, { node, execArgv: ['--expose-gc', '--import', agentRegister] });
    const port = await target.said('port');
    const shallow = await pools(target, '');
    assert.deepEqual(shallow.walk, undefined);
    assert.deepEqual(
      shallow.pools.map(pool => pool.kind),
      ['fetch'],
      'only what has a connection',
    );

    const deep = await pools(target, '&deep=1');
    const found = deep.pools.map(({ kind, settings }) => [kind, settings.maxSockets, settings.maxFreeSockets]);
    assert.deepEqual(
      found.sort(),
      [
        ['fetch', null, null],
        ['http', 7, 256],
        ['http', 8, 256],
        ['http', null, 256],
        ['https', null, 256],
        ['https', null, 3],
        ['undici', 9, null],
      ].sort(),
    );
    const undici = deep.pools.find(pool => pool.kind === 'undici');
    assert.deepEqual(
      undici?.peers.map(({ peer, inUse, free, queued }) => [peer, inUse, free, queued]),
      [[`127.0.0.1:${port}`, 0, 1, 0]],
    );
    assert.ok(deep.walk !== undefined && deep.walk.pauseMs > 0 && deep.walk.predictedMs > 0 && deep.walk.found >= 6);
    assert.match(deep.notes.join('\n'), /the heap was searched: \d+ pools; the main thread stood still for/);

    const name = deep.pools.find(pool => pool.settings.maxSockets === 7)?.name ?? '';
    const set = await target.ask('/debug/nops/tunables', {
      body: JSON.stringify({ changes: [{ name: `${name}.maxSockets`, value: 70 }] }),
    });
    assert.deepEqual((set.json() as unknown as SetResult).changes, [{ name: `${name}.maxSockets`, old: 7, new: 70 }]);
    const again = await pools(target, '&deep=1');
    assert.equal(again.pools.length, deep.pools.length, 'each is found once');
    assert.equal(again.pools.find(pool => pool.name === name)?.settings.maxSockets, 70);

    target.child.kill('SIGUSR2');
    assert.equal(await target.said('alive'), '[]', 'nothing of ours holds them');
    const gone = await pools(target, '&deep=1');
    assert.deepEqual(gone.pools.map(pool => pool.name).sort(), ['fetch', 'http-global', 'https-global']);
  });
}

test('a process without HTTP has no pool, and a wrong parameter is refused', async t => {
  const target = await startTarget(t, 'setInterval(() => {}, 1000)');
  const { pools: none, notes } = await pools(target, '&deep=1');
  assert.deepEqual(none, []);
  assert.match(notes.join('\n'), /nor is one in the main thread’s heap/);
  assert.equal((await target.ask('/debug/nops/pools?deep=2')).status, 400);
});

test('a busy loop: no answer, and the search does not come later', async t => {
  const code = `import http from 'node:http';
globalThis.kept = new http.Agent();
setTimeout(() => { const end = Date.now() + 8000; while (Date.now() < end); console.log('over'); }, 500);
console.log('ready');`;
  const target = await startTarget(t, `${code} setInterval(() => {}, 1000);`);
  await target.said('ready');
  await new Promise(resolve => setTimeout(resolve, 1000));
  const answer = await target.ask('/debug/nops/pools?seconds=1&deep=1');
  assert.equal(answer.status, 504, answer.text);
  await target.said('over');
  const after = await pools(target, '');
  assert.deepEqual(after.pools, [], 'else the Agent would be known and its name taken');
  const deep = await pools(target, '&deep=1');
  assert.ok(deep.pools.some(pool => pool.name === 'http-1'));
});
