import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, startTarget, type Target } from '../support/target.js';

const token = 'a-token-of-enough-length';
const stay = 'setInterval(() => {}, 1000);';

async function listener(target: Target): Promise<{ port: number; url: string }> {
  const url = String((await target.ask('/debug/nops/info')).json()['url']);
  return { port: Number(new URL(url).port), url };
}

test('TCP: who has the token may ask, as Bearer or as the password of Basic', async t => {
  const target = await startTarget(t, stay, { env: { NOPS_LISTEN: '127.0.0.1:0', NOPS_TOKEN: token } });
  const { port, url } = await listener(target);
  assert.equal(url, `http://nops:${token}@127.0.0.1:${port}`);
  const status = async (headers: Record<string, string>) =>
    (await ask({ port, path: '/debug/nops/info', headers: { host: `127.0.0.1:${port}`, ...headers } })).status;
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  assert.equal(await status({ authorization: `Bearer ${token}` }), 200);
  assert.equal(await status({ authorization: basic(`x:${token}`) }), 200);
  assert.equal(await status({ authorization: basic(`${token}:`) }), 200);
  assert.equal(await status({}), 401);
  assert.equal(await status({ authorization: `Bearer ${token}x` }), 401);
  assert.equal(await status({ authorization: 'Bearer ' }), 401);
  assert.equal(await status({ authorization: basic('x:wrong') }), 401);
  assert.equal(await status({ authorization: basic('nocolon') }), 401);
});

test('TCP: foreign Host and Origin are refused even with the token, and 401 comes with a challenge', async t => {
  const target = await startTarget(t, stay, { env: { NOPS_LISTEN: '127.0.0.1:0', NOPS_TOKEN: token } });
  const { port } = await listener(target);
  const send = (headers: Record<string, string>) =>
    ask({
      port,
      path: '/debug/nops/info',
      headers: { host: `127.0.0.1:${port}`, authorization: `Bearer ${token}`, ...headers },
    });
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`, `0x7f.1:${port}`]) {
    assert.equal((await send({ host })).status, 421, host);
  }
  assert.equal((await send({ host: `localhost:${port}` })).status, 200);
  for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${port + 1}`, `https://127.0.0.1:${port}`]) {
    assert.equal((await send({ origin })).status, 403, origin);
  }
  assert.equal((await send({ origin: `http://127.0.0.1:${port}` })).status, 200);
  assert.equal((await send({ 'sec-fetch-site': 'cross-site' })).status, 403);
  const unauthorized = await send({ authorization: '' });
  assert.match(unauthorized.headers['www-authenticate'] ?? '', /^Basic /);
});

test('the unix socket too refuses what a browser could be made to send', async t => {
  const target = await startTarget(t, stay);
  assert.equal((await target.ask('/debug/nops/info', { headers: { host: 'evil.example' } })).status, 421);
  assert.equal((await target.ask('/debug/nops/info', { headers: { origin: 'http://localhost' } })).status, 403);
  assert.equal((await target.ask('/debug/nops/info')).status, 200);
});

test('unknown paths, wrong methods and oversized bodies are told apart', async t => {
  const target = await startTarget(t, stay);
  const unknown = await target.ask('/debug/pprof/nothing');
  assert.equal(unknown.status, 404);
  assert.equal(unknown.text, 'Unknown profile\n');
  assert.equal(unknown.headers['x-go-pprof'], '1');
  const wrongMethod = await target.ask('/debug/nops/info', { body: '{}' });
  assert.equal(wrongMethod.status, 405);
  assert.equal(wrongMethod.headers.allow, 'GET');
  assert.equal((await target.ask('/debug/nops/tunables', { body: 'x'.repeat(100_000) })).status, 400);
  assert.equal((await target.ask('/debug/nops/tunables', { body: '{"changes":1}' })).status, 400);
});

test('the index lists every endpoint, as a page that can load nothing', async t => {
  const target = await startTarget(t, stay, { env: { NOPS_NAME: '<b>&name' } });
  const index = await target.ask('/debug/pprof/');
  for (const path of ['profile', 'heap', 'cmdline']) assert.match(index.text, new RegExp(`/debug/pprof/${path}`));
  for (const path of ['info', 'stats', 'stack', 'pools', 'tunables', 'sockets', 'fds'])
    assert.match(index.text, new RegExp(`/debug/nops/${path}`));
  assert.doesNotMatch(index.text, /<b>/);
  assert.match(String(index.headers['content-security-policy']), /default-src 'none'/);
  assert.equal((await target.ask('/debug/pprof/cmdline')).text.split('\0')[0], process.execPath);
});
