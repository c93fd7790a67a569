/** Clients on TCP that show no token: they take few descriptors, for a short time, and lock nobody out who has one. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { endpoints } from '@nops/core/protocol/endpoints';
import { agentEntry, ask, startTarget, type Target, until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { flood } from './flood.js';

const token = 'a-token-of-enough-length';
const fewDescriptors = ['sh', '-c', 'ulimit -n 64 && exec "$0" "$@"'];

/** Serves its own port with as many connections and files open at once as it needs: sixteen. */
const app = `import http from 'node:http'; import fs from 'node:fs';
const held = [];
const server = http.createServer((q, r) => {
  const files = [];
  try { for (let i = 0; i < 8; i++) files.push(fs.openSync(process.execPath)); r.end('fine'); }
  catch (error) { r.statusCode = 500; r.end(error.code); }
  for (const file of files) fs.closeSync(file);
}).listen(0, '127.0.0.1', () => console.log('port', server.address().port));`;

async function start(t: TestContext) {
  const env = { NOPS_LISTEN: '127.0.0.1:0', NOPS_TOKEN: token };
  const target = await startTarget(t, app, { env, prefix: fewDescriptors });
  const url = new URL(String((await target.ask(endpoints.info.path)).json()['url']));
  return { target, port: Number(url.port), own: Number(await target.said('port')) };
}

const slowly = (socket: Socket) => {
  socket.write('GET /debug/nops/info HTTP/1.1\r\nHost: x\r\n');
  const timer = setInterval(() => socket.write('X-A: b\r\n'), 200);
  socket.on('close', () => clearInterval(timer));
};

const attacks: Record<string, (socket: Socket) => void> = {
  idle: () => {},
  slowloris: slowly,
  'pipelined garbage': socket => void socket.write(`GET / HTTP/1.1\r\nHost: x\r\n\r\n${'\0garbage'.repeat(1000)}`),
  'wrong tokens': socket =>
    void socket.write('GET /debug/nops/info HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer no\r\n\r\n'.repeat(50)),
  // As half of a handshake, where TLS is spoken.
  'half a handshake': socket => void socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])),
};

/** As `nops` does on a connection that was cut before its answer: once more, within its deadline. */
async function askWithToken(port: number, tls: boolean): Promise<number> {
  const once = () => (tls ? overTls(port) : overTcp(port));
  return until(
    () => once().catch(() => undefined),
    () => 'an answer with the token',
    5000,
  );
}

const headersFor = (port: number) => ({ host: `127.0.0.1:${port}`, authorization: `Bearer ${token}` });

async function overTcp(port: number): Promise<number> {
  return (await ask({ port, host: '127.0.0.1', path: endpoints.info.path, headers: headersFor(port) })).status;
}

async function overTls(port: number): Promise<number> {
  const { request } = await import('node:https');
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path: endpoints.info.path, headers: headersFor(port), agent: false };
    request({ ...options, rejectUnauthorized: false, timeout: 5000 }, response => {
      response
        .resume()
        .on('end', () => resolve(response.statusCode ?? 0))
        .on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

function descriptors(target: Target): number {
  return readdirSync(`/proc/${target.pid}/fd`).length;
}

async function assertServes(own: number): Promise<void> {
  const eight = Array.from({ length: 8 }, () => ask({ port: own, host: '127.0.0.1', path: '/' }));
  for (const { status, text } of await Promise.all(eight)) assert.deepEqual([status, text], [200, 'fine']);
}

for (const [name, say] of Object.entries(attacks)) {
  test(`${name}, a thousand times, under ulimit -n 64: the app has its descriptors, and the token its answers`, async t => {
    const { target, port, own } = await start(t);
    assert.equal(await overTcp(port), 200, 'it is answered when nobody floods');
    await assertServes(own);
    const before = descriptors(target);
    const opened = flood(t, port, 1000, say);
    await until(
      () => (opened() >= 1000 ? true : undefined),
      () => 'a thousand connections',
    );
    for (let round = 0; round < 5; round++) {
      await assertServes(own);
      assert.equal(await askWithToken(port, false), 200);
      const taken = descriptors(target) - before;
      assert.ok(taken <= 24, `${taken} descriptors more, of ${64 - before}`);
    }
    assert.equal((await target.ask(endpoints.info.path)).status, 200, 'the unix socket');
    t.diagnostic(`${opened()} connections; ${descriptors(target)} descriptors, ${before} before`);
    assert.equal(target.child.exitCode, null);
  });
}

for (const name of ['idle', 'half a handshake']) {
  test(`TLS, ${name}: keeps nobody out`, async t => {
    const folder = temporaryFolder(t);
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert],
    ]);
    assert.equal(made.status, 0, `${made.error ?? made.stderr}`);
    const [keyText, certText] = [key, cert].map(file => readFileSync(file, 'utf8'));
    const code = `import { start } from ${JSON.stringify(agentEntry)};
const tls = ${JSON.stringify({ key: keyText, cert: certText })};
const agent = start({ token: ${JSON.stringify(token)}, tcp: { port: 0, tls } });
await agent.ready; console.log('port', new URL(agent.url).port); setInterval(() => {}, 1000);`;
    const target = await startTarget(t, code, { execArgv: [], prefix: fewDescriptors });
    const port = Number(await target.said('port'));
    assert.equal(await overTls(port), 200, 'it is answered when nobody floods');
    const before = descriptors(target);
    const opened = flood(t, port, 200, attacks[name] ?? (() => {}));
    await until(
      () => (opened() >= 200 ? true : undefined),
      () => 'the crowd',
    );
    for (let round = 0; round < 3; round++) {
      assert.equal(await askWithToken(port, true), 200);
      assert.ok(descriptors(target) - before <= 16);
    }
    assert.equal(target.child.exitCode, null);
  });
}
