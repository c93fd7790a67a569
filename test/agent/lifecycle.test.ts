import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentEntry, agentRegister, startTarget, until } from '../support/target.js';

const stay = 'setInterval(() => {}, 1000);';
const startByHand = (options = '') =>
  `import { start } from ${JSON.stringify(agentEntry)}; const agent = start(${options});`;
const report = `agent.ready.then(() => console.log('agent', JSON.stringify({ path: agent.socketPath, url: agent.url, failure: agent.failure })));`;

for (const [how, type, execArgv] of [
  ['--import, ESM', 'mjs', ['--import', agentRegister]],
  ['--require, CommonJS', 'cjs', ['--require', agentRegister]],
] as const) {
  test(`register by ${how}: answers, and leaves nothing at a natural end`, async t => {
    const target = await startTarget(t, `setTimeout(() => {}, 1500);`, { type, execArgv: [...execArgv] });
    const info = (await target.ask('/debug/nops/info')).json();
    assert.equal(info['pid'], target.pid);
    assert.equal((await target.ask('/debug/nops/stack')).status, 200);
    assert.equal(await target.exited, 0);
    assert.deepEqual(readdirSync(target.folder), []);
    assert.deepEqual(target.output(), { stdout: '', stderr: '' });
  });
}

test('require() of the package from CommonJS starts it', async t => {
  const target = await startTarget(t, `const { start } = require(${JSON.stringify(agentEntry)}); start(); ${stay}`, {
    type: 'cjs',
    execArgv: [],
  });
  assert.equal((await target.ask('/debug/nops/info')).status, 200);
  assert.equal(target.output().stderr, '');
});

test('an inspector session that is open at the end delays nothing and prints nothing', async t => {
  const target = await startTarget(
    t,
    `process.on('exit', code => console.log('exiting', code)); setTimeout(() => {}, 1500);`,
    {
      env: { NOPS_HEAP: '1' },
    },
  );
  assert.equal((await target.ask('/debug/pprof/heap')).status, 200);
  assert.equal(await target.exited, 0);
  assert.deepEqual(target.output(), { stdout: 'exiting 0\n', stderr: '' });
});

test('process.exit in the middle of a profile ends the process with its code', async t => {
  const target = await startTarget(t, `setTimeout(() => process.exit(7), 1500);`);
  await assert.rejects(target.ask('/debug/pprof/profile?seconds=10'));
  assert.equal(await target.exited, 7);
  assert.deepEqual(readdirSync(target.folder), []);
});

test('start is idempotent, close is too and takes everything away', async t => {
  const code = `${startByHand()}
import { readdirSync } from 'node:fs';
await agent.ready;
const same = start({ name: 'other' }) === agent;
await Promise.all([agent.close(), agent.close()]);
const left = readdirSync(process.env.NOPS_DIR);
const published = globalThis[Symbol.for('nops.agent')];
const again = start();
await again.ready;
console.log('result', JSON.stringify({ same, left, published: published === undefined, restarted: again !== agent && again.failure === undefined }));
await again.close();
console.log('resources', process.getActiveResourcesInfo().filter(r => r !== 'PipeWrap' && r !== 'TTYWrap').length);`;
  const target = await startTarget(t, code, { execArgv: [], noSocket: true });
  assert.equal(await target.exited, 0, target.output().stderr);
  assert.deepEqual(JSON.parse(await target.said('result')), { same: true, left: [], published: true, restarted: true });
  assert.equal(await target.said('resources'), '0');
  assert.equal(target.output().stderr, '');
});

test('a socket path over 107 bytes is refused, and the app goes on', async t => {
  const long = join(tmpdir(), `nops-${'x'.repeat(120)}`);
  const target = await startTarget(t, `${startByHand()} ${report} ${stay}`, {
    execArgv: [],
    noSocket: true,
    env: { NOPS_DIR: long },
  });
  const told = JSON.parse(await target.said('agent'));
  assert.match(told.failure, /107/);
  assert.equal(told.path, '');
  await target.warned(/NopsWarning/);
  assert.equal(target.child.exitCode, null);
});

test('a folder that others can write to is refused', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'nops-open-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'run'));
  chmodSync(join(folder, 'run'), 0o777);
  const target = await startTarget(t, `${startByHand()} ${report} ${stay}`, {
    execArgv: [],
    noSocket: true,
    env: { NOPS_DIR: join(folder, 'run') },
  });
  assert.match(JSON.parse(await target.said('agent')).failure, /open to other users/);
  assert.deepEqual(readdirSync(join(folder, 'run')), []);
});

test('a TCP port that is taken: told, and the app goes on', async t => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await until(
    () => other.listening || undefined,
    () => 'the other listener',
  );
  const { port } = other.address() as { port: number };
  const target = await startTarget(t, `${startByHand(`{ tcp: { port: ${port} } }`)} ${report} ${stay}`, {
    execArgv: [],
    noSocket: true,
  });
  assert.match(JSON.parse(await target.said('agent')).failure, /EADDRINUSE/);
  assert.deepEqual(readdirSync(target.folder), []);
  assert.equal(target.child.exitCode, null);
});

test('a non-loopback address without TLS is refused', async t => {
  const target = await startTarget(t, `${startByHand(`{ tcp: { host: '0.0.0.0' } }`)} ${report} ${stay}`, {
    execArgv: [],
    noSocket: true,
  });
  assert.match(JSON.parse(await target.said('agent')).failure, /without TLS/);
});

test('a worker thread of the app does not start an agent of its own', async t => {
  const code = `import { Worker } from 'node:worker_threads';
new Worker('setInterval(() => {}, 1000); require("node:worker_threads").parentPort.postMessage(0)', { eval: true }).on('message', () => console.log('up'));`;
  const target = await startTarget(t, code);
  await target.said('up');
  assert.equal(readdirSync(target.folder).filter(file => file.endsWith('.sock')).length, 1);
  assert.equal(target.output().stderr, '');
});

test('cluster: the primary and each worker have an agent, and the app’s own server works', async t => {
  const code = `import cluster from 'node:cluster';
import http from 'node:http';
if (cluster.isPrimary) {
  cluster.fork(); cluster.fork();
  cluster.on('listening', (worker, address) => console.log('port', address.port));
} else {
  http.createServer((q, r) => r.end(String(process.pid))).listen(0, '127.0.0.1');
}`;
  const target = await startTarget(t, code);
  const port = Number(await target.said('port'));
  await until(
    () => readdirSync(target.folder).filter(file => file.endsWith('.json')).length === 3 || undefined,
    () => 'three announcements',
  );
  const pid = Number(await (await fetch(`http://127.0.0.1:${port}/`)).text());
  assert.ok(readdirSync(target.folder).some(file => file.startsWith(`nops-${pid}-`)));
});
