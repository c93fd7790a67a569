/** Requests of HTTP/2, several at a time on one connection: each is a task of its own, accounted for as its program measured. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Accounts } from '@nops/core/trace/account';
import { type Column, columns } from '@nops/core/trace/columns';
import { type Trace, taskKinds } from '@nops/core/trace/model';
import { connectionsByPeer } from '@nops/core/trace/report/connections';
import { loadTrace } from 'nops/dist/trace/load.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { agentRegister, startTarget } from '../support/target.js';
import { beginTrace } from './service.js';

const app = `import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
let session;
const upstream = async () => {
  session ??= http2.connect('http://127.0.0.1:' + process.env.UPSTREAM);
  const stream = session.request({ ':path': '/slow/17' });
  await text(stream);
};
const routes = {
  timer: () => sleep(60),
  upstream,
  three: async () => { for (let i = 0; i < 3; i++) await upstream(); },
  body: request => text(request),
  js: () => { const end = performance.now() + 20; while (performance.now() < end); },
};
const measured = [];
const server = http2.createServer(async (request, response) => {
  const route = request.url.slice(1);
  if (route === 'measured') return void response.end(JSON.stringify(measured));
  const from = performance.now();
  await routes[route](request);
  measured.push({ route, waitMs: performance.now() - from });
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));`;

const expected: Record<string, Column[]> = {
  timer: ['timer'],
  upstream: ['firstByte', 'body'],
  three: ['firstByte', 'body'],
  body: ['body'],
  js: ['js'],
};
const rounds = 4;

/** Opens a connection for each two requests, to itself, over TLS. */
const secureApp = `import http2 from 'node:http2';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
const read = name => readFileSync(process.env.CERTS + name);
const server = http2.createSecureServer({ key: read('upstream.key.pem'), cert: read('upstream.cert.pem') }, (request, response) => {
  if (request.url === '/refused') request.stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
  else response.end('ok');
});
server.listen(0, '127.0.0.1', async () => {
  console.log('ready');
  for (;;) {
    const session = http2.connect('https://localhost:' + server.address().port, { rejectUnauthorized: false });
    const ask = async path => {
      const stream = session.request({ ':path': path }).resume();
      stream.on('error', () => {});
      await new Promise(done => stream.once('close', done));
    };
    await Promise.all([ask('/taken'), ask('/refused')]);
    session.close();
    await once(session, 'close');
  }
});`;
const certs = new URL('../../../examples/blocked-read/certs/', import.meta.url).pathname;

for (const version of nodeVersions.filter(version => Number(version) >= 22)) {
  const node = nodeBinary(version);
  test(`requests of HTTP/2, Node ${version}`, { skip: node === undefined && 'not installed' }, async t => {
    const { trace, measured } = await record(t, node ?? '');
    const accounts = new Accounts(trace);
    for (const [route, wanted] of Object.entries(expected)) {
      await t.test(route, () => {
        const tasks = tasksOf(trace, 'http-server', `${route === 'body' ? 'POST' : 'GET'} /${route}`);
        const told = measured.filter(one => one.route === route);
        assert.equal(tasks.length, rounds);
        const failed = tasks.flatMap((task, i) => {
          assert.equal(trace.tasks.status[task], 200);
          const account = accounts.of(task);
          const waitMs = told[i]?.waitMs ?? 0;
          const sum = wanted.reduce((total, column) => total + account[column], 0);
          const other = account.js + account.gc + account.loopWait;
          // What others do on the loop meanwhile is in it, or is loopWait.
          const isTrue = sum <= waitMs + 5 && sum + other >= waitMs - 2 && sum >= waitMs / 2;
          return isTrue ? [] : [`${waitMs} measured: ${JSON.stringify(account)}`];
        });
        assert.ok(failed.length <= rounds / 2, failed.join('\n'));
      });
    }
    await t.test('each sums to its length', () => {
      for (const name of ['GET /timer', 'GET /upstream', 'POST /body']) {
        for (const task of tasksOf(trace, 'http-server', name)) {
          const account = accounts.of(task);
          const sum = columns.reduce((total, column) => total + account[column], 0);
          assert.ok(Math.abs(sum - ((trace.tasks.end[task] ?? 0) - (trace.tasks.begin[task] ?? 0)) / 10_000) < 0.01);
        }
      }
    });
    await t.test('requests out are of who sent them, and share a connection', () => {
      const out = tasksOf(trace, 'http-client', 'GET /slow/:id');
      assert.equal(out.length, rounds * 4);
      const owners = out.map(task => trace.names[trace.tasks.name[(trace.tasks.parent[task] ?? 0) - 1] ?? 0]);
      assert.deepEqual([...new Set(owners)].sort(), ['GET /three', 'GET /upstream']);
      const peers = connectionsByPeer(trace).filter(({ requests }) => requests > 0);
      assert.deepEqual(
        peers.map(({ requests, openedPerRequest }) => [requests, openedPerRequest]),
        [[rounds * 4, 0]],
      );
    });
  });
}

for (const version of nodeVersions.filter(version => Number(version) >= 22)) {
  const node = nodeBinary(version);
  test(`handshakes and refusals of HTTP/2, Node ${version}`, {
    skip: node === undefined && 'not installed',
  }, async t => {
    const options = { node: node ?? '', env: { CERTS: certs }, execArgv: ['--import', agentRegister] };
    const target = await startTarget(t, secureApp, options);
    await target.said('ready');
    const trace = await loadTrace((await target.ask('/debug/trace?seconds=1')).body);
    const ended = (kind: string, name: string) =>
      tasksOf(trace, kind, name).filter(task => (trace.tasks.end[task] ?? 0) > 0);
    const taken = ended('http-client', 'GET /taken');
    assert.ok(taken.length > 3, `${taken.length} requests`);
    for (const task of taken.slice(1)) {
      const client = trace.clients.ofTask(task);
      assert.ok(client !== undefined);
      const { begin, lookup, connect, secure, response, end, failed } = client;
      const moments = [begin, lookup, connect, secure, response, end];
      assert.deepEqual(
        moments,
        moments.toSorted((a, b) => a - b),
      );
      assert.ok(secure > connect && connect > begin && end > 0 && !failed, JSON.stringify(client));
    }
    const refused = ended('http-client', 'GET /refused');
    assert.ok(refused.slice(1).every(task => trace.clients.ofTask(task)?.failed === true));
    assert.ok(ended('http-server', 'GET /refused').every(task => trace.aborted.has(task)));
    assert.ok(ended('http-server', 'GET /taken').every(task => !trace.aborted.has(task)));
    const peer = connectionsByPeer(trace).find(({ peer }) => peer.startsWith('localhost:'));
    assert.ok(peer !== undefined && peer.handshakes > 0);
    // One may be under way at either end.
    assert.ok(Math.abs(peer.requests - 2 * peer.opened) <= 2, JSON.stringify(peer));
  });
}

async function record(
  t: TestContext,
  node: string,
): Promise<{ trace: Trace; measured: { route: string; waitMs: number }[] }> {
  const env = { UPSTREAM: String(await slowUpstream(t)) };
  const target = await startTarget(t, app, { node, env, execArgv: ['--import', agentRegister] });
  const session = connect(`http://127.0.0.1:${await target.said('port')}`);
  t.after(() => session.destroy());
  const round = () => Promise.all(Object.keys(expected).map(route => ask(session, route)));
  await round();
  const before = JSON.parse(await ask(session, 'measured')).length as number;
  const response = await beginTrace(target, 'h2');
  assert.equal(response.statusCode, 200);
  const body = buffer(response);
  for (let number = 0; number < rounds; number++) await round();
  await sleep(50);
  const measured = JSON.parse(await ask(session, 'measured')).slice(before);
  assert.equal((await target.ask('/debug/nops/profile-stop?id=h2', { body: '' })).status, 200);
  return { trace: await loadTrace(await body), measured };
}

async function ask(session: ClientHttp2Session, route: string): Promise<string> {
  const stream = session.request({ ':path': `/${route}`, ':method': route === 'body' ? 'POST' : 'GET' });
  if (route === 'body') setTimeout(() => stream.end('late'), 40);
  else stream.end();
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200);
  return text(stream);
}

function tasksOf({ tasks, names }: Trace, kind: string, name: string): number[] {
  return Array.from({ length: tasks.count }, (_, task) => task).filter(
    task => taskKinds[tasks.kind[task] ?? 0] === kind && names[tasks.name[task] ?? 0] === name,
  );
}

async function slowUpstream(t: TestContext): Promise<number> {
  const server = createServer((_request, response) => void setTimeout(() => response.end('ok'), 30));
  server.on('session', session => t.after(() => session.destroy()));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}
