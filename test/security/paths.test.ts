/** No spelling of a path but its own reaches an endpoint, on any listener: a guard in front may not have recognized it. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import { uiPaths } from '@nops/core/profile/origin';
import { endpoints } from '@nops/core/protocol/endpoints';
import { agentEntry, startTarget } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { cookieOf } from '../ui/ask-ui.js';
import { startUi, writeProfile } from '../ui/start-ui.js';
import { rawRequest, sendRaw } from './raw-http.js';
import { spellingsOf } from './spellings.js';

const require = createRequire(import.meta.url);
const token = 'a-token-of-enough-length';
const { path, method } = endpoints.set;
const body = (value: number) => JSON.stringify({ changes: [{ name: 'app.limit', value }] });
const json = 'Content-Type: application/json';

const limit = `import { tunable } from ${JSON.stringify(agentEntry)};
let limit = 1; tunable('app.limit', { get: () => limit, set: value => { limit = value; } });
setInterval(() => {}, 1000);`;

type Send = (target: string, value?: number, headers?: string[], as?: string) => Promise<number | undefined>;

/** Every one of `targets` is refused, whatever by; `exact` is answered before and after. */
async function assertRefused(t: TestContext, send: Send, exact: string, targets: string[]): Promise<void> {
  assert.equal(await send(exact, 2), 200, 'what is tried is a request that is answered');
  const answered: string[] = [];
  for (const target of targets) {
    const status = await send(target, 3);
    if (status === undefined || status < 400 || status > 404) answered.push(`${status} ${target}`);
  }
  t.diagnostic(`${targets.length} spellings of ${exact}: ${answered.length} not refused`);
  assert.deepEqual(answered, []);
  assert.equal(await send(exact, 4), 200);
}

/** What no parser leaves as it is: always 400, on listeners that have no other paths. */
const senseless = [
  '/debug/x/../nops/info',
  '/debug/pprof/%2e%2e/nops/info',
  '/debug/./nops/info',
  '/debug/x\\..\\nops\\info',
  '//debug/nops/info',
  '/debug//nops/info',
  '/debug/nops%2finfo',
  '/debug/nops/inf%6f',
  '/debug/nops/info#x',
  '/debug/nops/info;x=1',
  '/debug/nops/info\xe9',
  '/debug/nops/info/',
  '/debug/NOPS/info',
  'http://evil.example/debug/nops/info',
  'http://localhost/debug/nops/info',
  '/debug/nops/info?details=<0>',
];

test('the unix socket and TCP answer the exact spelling only', async t => {
  const target = await startTarget(t, limit, { env: { NOPS_LISTEN: '127.0.0.1:0', NOPS_TOKEN: token } });
  const { port } = new URL(String((await target.ask(endpoints.info.path)).json()['url']));
  const listeners = [
    { at: { path: target.socketPath() }, headers: ['Host: localhost'] },
    { at: { port: Number(port) }, headers: [`Host: localhost:${port}`, `Authorization: Bearer ${token}`] },
  ];
  for (const { at, headers } of listeners) {
    const send: Send = async (to, value = 0, more = [], as = method) =>
      (await sendRaw(at, rawRequest(to, { method: as, headers: [...headers, json, ...more], body: body(value) })))
        .status;
    await assertRefused(t, send, path, spellingsOf(path));
    for (const to of [...senseless, '*']) assert.equal(await send(to, 0, [], 'GET'), 400, to);
    const info = endpoints.info.path;
    assert.equal(await send(info, 0, [], 'GET'), 200);
    for (const as of ['HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']) assert.equal(await send(info, 0, [], as), 405, as);
    // Node ends the connection: it passes CONNECT to nobody.
    assert.equal(await send('localhost:80', 0, [], 'CONNECT'), undefined);
    for (const twice of [headers[0] ?? '', 'Content-Length: 0'])
      assert.equal(await send(info, 0, [twice], 'GET'), 400, `${twice}, twice`);
    assert.equal(await send(info, 0, ['Transfer-Encoding: chunked'], 'GET'), 400);
    assert.equal(await send(info, 0, ['X-HTTP-Method-Override: POST'], 'GET'), 200);
    assert.equal(await send(path, 9, ['X-HTTP-Method-Override: POST'], 'GET'), 200);
  }
  const { tunables } = (await target.ask(path)).json() as unknown as { tunables: { name: string; value: unknown }[] };
  assert.equal(tunables.find(({ name }) => name === 'app.limit')?.value, 4);
});

/** Guards as apps write them: by the router, by the path, by the whole path, by what is asked. All leave `/open` alone. */
const guards = `const admin = (q, r, next) => { if (q.headers['x-admin'] === 'yes') return next(); r.statusCode = 403; r.end('admins only'); };
const nopsOnly = guard => (q, r, next) => (guard(q) ? admin(q, r, next) : next());
const guards = {
  routed: undefined,
  path: nopsOnly(q => q.path.startsWith('/path/debug/nops')),
  whole: nopsOnly(q => q.originalUrl.startsWith('/whole/debug/nops')),
  decoded: nopsOnly(q => decodeURI(q.path).toLowerCase().startsWith('/decoded/debug/nops/')),
};`;

const express = (name: string) => `import express from ${JSON.stringify(require.resolve(name))};
import { nops } from ${JSON.stringify(agentEntry.replace('index.js', 'express.js'))};
${limit}
${guards}
const app = express();
const handler = nops();
app.use('/open', handler);
app.use('/routed/debug/nops', admin);
for (const [name, guard] of Object.entries(guards)) { if (guard) app.use(guard); app.use('/' + name, handler); }
const server = app.listen(0, '127.0.0.1', () => console.log('port', server.address().port));`;

const bare = `import http from 'node:http';
import { nops } from ${JSON.stringify(agentEntry.replace('index.js', 'express.js'))};
${limit}
${guards}
const handler = nops();
const server = http.createServer((q, r) => {
  const mount = ['/open', ...Object.keys(guards).map(name => '/' + name)].find(name => q.url.startsWith(name));
  if (mount === undefined) { r.statusCode = 404; return r.end(); }
  const guarded = mount !== '/open' && q.url.startsWith(mount + '/debug/nops');
  const go = () => { q.url = q.url.slice(mount.length); handler(q, r); };
  if (guarded) admin(q, r, go); else go();
}).listen(0, '127.0.0.1', () => console.log('port', server.address().port));`;

for (const [name, code] of Object.entries({
  'Express 5': express('express'),
  'Express 4': express('express4'),
  'node:http': bare,
})) {
  test(`${name}: no spelling passes the app's guard, nor is answered without one`, async t => {
    const target = await startTarget(t, code, { execArgv: [] });
    const port = Number(await target.said('port'));
    const headers = ['Host: localhost', json];
    const send: Send = async (to, value = 0, more = [], as = method) =>
      (await sendRaw({ port }, rawRequest(to, { method: as, headers: [...headers, ...more], body: body(value) })))
        .status;
    await assertRefused(
      t,
      send,
      `/open${path}`,
      spellingsOf(path).map(each => `/open${each}`),
    );
    for (const mount of ['routed', 'path', 'whole', 'decoded']) {
      const admin: Send = (to, value) => send(to, value, value === 3 ? [] : ['X-Admin: yes']);
      assert.equal(await send(`/${mount}${path}`, 3), 403, 'the guard guards');
      await assertRefused(t, admin, `/${mount}${path}`, [
        ...spellingsOf(path).map(each => `/${mount}${each}`),
        ...spelledMounts(mount).map(each => `${each}${path}`),
      ]);
    }
    const info = `/open${endpoints.info.path}`;
    for (const as of ['HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']) assert.equal(await send(info, 0, [], as), 405, as);
    assert.equal(await send(info, 0, ['Host: evil.example'], 'GET'), 400);
    assert.equal(await send(info, 0, ['X-HTTP-Method-Override: POST'], 'GET'), 200);
    assert.equal(await send(`/open${path}?<x>`, 3), 400);
    // Of the app, not of ours: not refused by the handler.
    for (const own of ['/elsewhere/x%20y', '/open/x//y', '/open/DEBUGGER/x']) assert.equal(await send(own), 404, own);
    assert.equal(target.child.exitCode, null);
  });
}

function spelledMounts(mount: string): string[] {
  return [
    `/${mount.toUpperCase()}`,
    `/${mount}/`,
    `//${mount}`,
    `/./${mount}`,
    `/x/../${mount}`,
    `/%${mount.charCodeAt(0).toString(16)}${mount.slice(1)}`,
    `http://evil.example/${mount}`,
    `HTTP://localhost/${mount}`,
  ];
}

test('nops ui answers the exact spelling only', async t => {
  const ui = await startUi(t, [writeProfile(temporaryFolder(t), [[['main'], 1]])]);
  const headers = [`Host: 127.0.0.1:${ui.port}`, `Cookie: ${await cookieOf(ui)}`];
  const ask = async (to: string, more: string[] = []) =>
    (await sendRaw({ host: '127.0.0.1', port: ui.port }, rawRequest(to, { headers: [...headers, ...more] }))).status;
  assert.equal(await ask(uiPaths.info), 200, 'what is tried is a request that is answered');
  const name = uiPaths.info.slice('/api/'.length);
  const spelled = ['/x/..', '/.', '/%2e', '//', '/\\', '\\.'].map(odd => `/api${odd}/${name}`);
  const all = [
    ...spelled,
    '//api/info',
    '/API/info',
    '/api/INFO',
    '/api/inf%6f',
    '/api%2finfo',
    '/api/info/',
    '/api/info#x',
  ];
  const absolute = ['http://evil.example/api/info', `http://127.0.0.1:${ui.port}/api/info`];
  for (const to of [...all, ...absolute, '/api/info;x', '/api/info\xe9', '/assets/../api/info', '*'])
    assert.equal(await ask(to), 400, to);
  assert.equal(await ask(uiPaths.info, [headers[0] ?? '']), 400, 'a second Host');
  assert.equal(await ask(uiPaths.info), 200);
});
