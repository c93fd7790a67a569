import assert from 'node:assert/strict';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type { TunablesResult } from '@nops/core/protocol/results';
import { agentEntry, ask, startTarget, until, wellProfiled } from '../support/target.js';

const require = createRequire(import.meta.url);
const adapter = agentEntry.replace('index.js', 'express.js');

const servers = {
  'Express 5': `import express from ${JSON.stringify(require.resolve('express'))};
const app = express(); app.use(express.json()); app.use('/internal', guard, nops()); app.get('/', (q, r) => r.send('home'));
const server = app.listen(0, '127.0.0.1', ready);`,
  'Express 4': `import express from ${JSON.stringify(require.resolve('express4'))};
const app = express(); app.use('/internal', guard, nops()); app.get('/', (q, r) => r.send('home'));
const server = app.listen(0, '127.0.0.1', ready);`,
  'node:http': `import http from 'node:http';
const handler = nops();
const server = http.createServer((q, r) => {
  if (q.url === '/') return r.end('home');
  guard(q, r, () => { q.url = q.url.slice('/internal'.length); handler(q, r); });
}).listen(0, '127.0.0.1', ready);`,
};

const common = `import { nops } from ${JSON.stringify(adapter)};
import { tunable } from ${JSON.stringify(agentEntry)};
let limit = 1; tunable('app.limit', { get: () => limit, set: value => { limit = value; } });
function guard(q, r, next) { if (q.headers['x-admin'] === 'yes') return next(); r.statusCode = 401; r.end('no'); }
function ready() { console.log('port', server.address().port); }
function burn() { const end = Date.now() + 20; while (Date.now() < end); }
setInterval(burn, 40);
`;

for (const [name, code] of Object.entries(servers)) {
  test(`${name}: the endpoints under a path, behind the app's own guard`, async t => {
    const target = await startTarget(t, common + code, { execArgv: [...wellProfiled] });
    const port = Number(await target.said('port'));
    const get = (path: string, headers: Record<string, string> = {}, body?: string) =>
      ask({
        port,
        path,
        headers: { host: `127.0.0.1:${port}`, 'x-admin': 'yes', ...headers },
        ...(body === undefined ? {} : { body }),
      });
    assert.equal((await get('/')).text, 'home');
    assert.equal((await get('/internal/debug/nops/info', { 'x-admin': 'no' })).status, 401);
    assert.equal((await get('/internal/debug/nops/info')).json()['pid'], target.pid);
    assert.equal((await get('/internal/elsewhere')).status, 404);
    assert.match((await get('/internal/debug/pprof/')).text, /profile/);
    const profile = await get('/internal/debug/pprof/profile?seconds=1');
    assert.ok(decodeProfile(gunzipSync(profile.body)).functionNames.includes('burn'));
    const invalid = await get('/internal/debug/pprof/profile?seconds=abc');
    assert.deepEqual([invalid.status, invalid.headers['x-go-pprof']], [400, '1']);

    const text = await get('/internal/debug/pprof/goroutine?debug=1');
    assert.deepEqual([text.status, text.text.split(' ', 2).join(' ')], [200, 'goroutine profile:']);
    assert.equal((await get('/internal/debug/pprof/threadcreate?format=json')).status, 200);
    assert.equal((await get('/internal/debug/pprof/mutex')).text, 'Unknown profile\n');
    // The agent may hang up before a busy event loop has written the end of a body.
    for (let i = 0; i < 8; i++)
      assert.equal((await get('/internal/debug/pprof/symbol', {}, '0x1')).text, 'num_symbols: 0\n');
    const four = await Promise.all([1, 2, 3, 4].map(() => get('/internal/debug/pprof/heap?seconds=2')));
    assert.deepEqual(four.map(({ status }) => status).sort(), [200, 200, 200, 429]);
    assert.ok(four.some(({ headers }) => headers['retry-after'] !== undefined));

    const json = { 'content-type': 'application/json' };
    const change = JSON.stringify({ changes: [{ name: 'app.limit', value: 7 }] });
    for (const foreign of [{ origin: 'http://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
      assert.equal((await get('/internal/debug/nops/tunables', { ...json, ...foreign }, change)).status, 403);
    }
    assert.equal(
      (await get('/internal/debug/nops/tunables', { ...json, origin: `http://127.0.0.1:${port}` }, change)).status,
      200,
    );
    const { tunables } = (await get('/internal/debug/nops/tunables')).json() as unknown as TunablesResult;
    assert.equal(tunables.find(entry => entry.name === 'app.limit')?.value, 7);
  });
}

test('a client that leaves ends the profile that it asked for', async t => {
  const target = await startTarget(t, common + servers['node:http'], { execArgv: [] });
  const port = Number(await target.said('port'));
  await new Promise<void>(resolve => {
    const leaving = request({
      port,
      path: '/internal/debug/pprof/profile?seconds=300&hz=100',
      headers: { 'x-admin': 'yes' },
    });
    leaving.on('error', () => resolve());
    leaving.end();
    setTimeout(() => leaving.destroy(new Error('left')), 500);
  });
  await until(
    async () => !(await target.ask('/debug/nops/info?details=0')).text.includes('"isOn":true') || undefined,
    () => 'the sampler to end',
  );
  const next = await target.ask('/debug/pprof/profile?seconds=1&hz=500');
  assert.ok(!decodeProfile(gunzipSync(next.body)).comments.some(comment => comment.includes('instead of')));
});
