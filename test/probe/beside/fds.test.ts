import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeFd, readFdLimit, readFds } from '@nops/probe/beside/fds';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { numberSaid, startNode } from './processes.js';

test('descriptors by kind, against the limit', async t => {
  const folder = realpathSync(temporaryFolder(t));
  const [fifo, file, sub] = [join(folder, 'fifo'), join(folder, 'file'), join(folder, 'sub')];
  execFileSync('mkfifo', [fifo]);
  writeFileSync(file, 'x');
  mkdirSync(sub);
  const target = await startNode(
    t,
    `for (const path of ${JSON.stringify([fifo, file, sub, '/dev/zero'])}) say('open ' + fs.openSync(path, path.endsWith('fifo') ? 'r+' : 'r'));
     const server = net.createServer(); await listen(server, 0);
     await new Promise(done => net.createServer().listen(${JSON.stringify(join(folder, 's.sock'))}, done));
     const udp = require('node:dgram').createSocket('udp4'); await new Promise(done => udp.bind(0, '127.0.0.1', done));
     fs.watch(${JSON.stringify(sub)}); ready(); stay();`,
  );
  const result = readFds(target.pid);
  const opened = target.lines.filter(line => line.startsWith('open ')).map(line => Number(line.slice(5)));
  const kindOf = (fd: number | undefined) => result.fds.find(entry => entry.fd === fd)?.target;
  assert.deepEqual(opened.map(kindOf), [
    { kind: 'fifo', path: fifo },
    { kind: 'file', path: file },
    { kind: 'directory', path: sub },
    { kind: 'device', path: '/dev/zero' },
  ]);
  const kinds = new Map(result.kinds.map(({ kind, count }) => [kind, count]));
  for (const kind of ['tcp', 'udp', 'unix', 'pipe', 'eventpoll', 'eventfd', 'inotify'] as const) {
    assert.ok((kinds.get(kind) ?? 0) > 0, `has ${kind}`);
  }
  assert.equal(result.open, result.fds.length);
  assert.equal(
    [...kinds.values()].reduce((a, b) => a + b, 0),
    result.open,
  );
  assert.deepEqual(result.notes, []);
  const listener = result.fds.find(({ target: { kind } }) => kind === 'tcp')?.target;
  assert.equal(listener?.tcpState, 'LISTEN');
  assert.match(listener?.local ?? '', /^127\.0\.0\.1:\d+$/);
  assert.ok(result.fds.some(({ target: { kind, local } }) => kind === 'unix' && local === join(folder, 's.sock')));
  assert.equal(describeFd(target.pid, opened[0] ?? -1).kind, 'fifo');
  assert.deepEqual(describeFd(target.pid, 99_999), { kind: 'unknown', path: '' });
});

test('the limit is the process’s own', async t => {
  const target = await startNode(t, "say('pid ' + process.pid); ready(); stay();");
  assert.equal(await numberSaid(target, 'pid'), target.pid);
  execFileSync('prlimit', ['--pid', String(target.pid), '--nofile=333:444']);
  assert.deepEqual(readFdLimit(target.pid), { soft: 333, hard: 444 });
});

const mayOpenMany = (readFdLimit(process.pid).hard ?? Number.POSITIVE_INFINITY) > 11_000;

test('more descriptors than are listed are counted, and it says so', { skip: !mayOpenMany }, async t => {
  const target = await startNode(t, "for (let i = 0; i < 10_100; i++) fs.openSync('/dev/null'); ready(); stay();");
  const result = readFds(target.pid);
  assert.equal(result.fds.length, 10_000);
  assert.ok(result.open > 10_100);
  assert.equal(result.kinds[0]?.kind, 'device');
  assert.ok((result.kinds[0]?.count ?? 0) >= 10_100);
  assert.equal(result.notes.length, 1);
});

test('our own descriptors, the one that lists them left out', () => {
  const result = readFds(process.pid);
  assert.ok(result.open > 3);
  assert.ok(result.fds.every(({ target }) => target.kind !== 'unknown'));
});

test('no such process', () => {
  for (const read of [() => readFds(0x7fffffff), () => describeFd(0x7fffffff, 1), () => readFdLimit(0x7fffffff)]) {
    assert.throws(read, { name: 'NopsError', code: 'no-target' });
  }
});
