import assert from 'node:assert/strict';
import { execFileSync, type SpawnOptions, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { SystemCall } from '@nops/core/protocol/results';
import { findOtherEnds } from '@nops/probe/beside/other-ends';
import { readThreads, type ThreadInfo } from '@nops/probe/beside/threads';
import { parseUnixPeers } from '@nops/probe/beside/unix-peers';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { isRoot, needsPython, numberSaid, start, startNode, until } from './processes.js';

/** The main thread of `pid` once it is blocked in `call`, with the other ends. */
async function blockedIn(pid: number, call: string): Promise<{ call: SystemCall; notes: string[] }> {
  return until(() => {
    const main = readThreads(pid).find(({ tid }) => tid === pid) as ThreadInfo;
    if (main.syscall?.name !== call || main.state !== 'sleeping') return undefined;
    return { notes: findOtherEnds(pid, [main]), call: main.syscall };
  }, `it waits in ${call}`);
}

function makeFifo(t: Parameters<typeof temporaryFolder>[0]): string {
  const fifo = join(temporaryFolder(t), 'queue');
  execFileSync('mkfifo', [fifo]);
  return fifo;
}

test('who reads a FIFO waits for the processes that can write to it, not for other readers', async t => {
  const fifo = makeFifo(t);
  const path = JSON.stringify(fifo);
  // Opened for both first, so that nobody has to wait for somebody else's open.
  const open = (mode: string) =>
    `const both = fs.openSync(${path}, 'r+'), fd = fs.openSync(${path}, '${mode}'); say('fd ' + fd); `;
  const writer = await startNode(t, `${open('w')} say('both ' + both); ready(); stay();`);
  const other = await startNode(t, `${open('r')} fs.closeSync(both); ready(); stay();`);
  const reader = await startNode(t, `${open('r')} fs.closeSync(both); ready(); fs.readSync(fd, Buffer.alloc(9));`);
  const { call } = await blockedIn(reader.pid, 'read');
  assert.equal(call.target?.kind, 'fifo');
  const ends = (call.target?.otherEnd ?? []).map(({ pid, fd }) => `${pid} ${fd}`).sort();
  const expected = [await numberSaid(writer, 'fd'), await numberSaid(writer, 'both')].map(fd => `${writer.pid} ${fd}`);
  assert.deepEqual(ends, expected.sort());
  assert.ok(!ends.some(end => end.startsWith(`${other.pid} `)));
});

test('who writes to a full pipe waits for the one that reads it; names are the programs’', async t => {
  const shell = start(t, 'sh', [
    '-c',
    `'${process.execPath}' -e 'require("fs").writeSync(3, Buffer.alloc(1 << 20))' 3>&1 >/dev/null 2>&1 | exec sleep 1000 >/dev/null 2>&1`,
  ]);
  const pid = await until(() => childOf(shell.pid, ['node', 'MainThread', 'node-MainThread']), 'the writer runs');
  const sleeper = await until(() => childOf(shell.pid, ['sleep']), 'the reader runs');
  t.after(() => process.kill(sleeper, 'SIGKILL')); // the writer ends with EPIPE
  const { call } = await blockedIn(pid, 'write');
  assert.equal(call.target?.kind, 'pipe');
  assert.equal(call.args[0], '3');
  assert.deepEqual(call.target?.otherEnd, [{ pid: sleeper, name: 'sleep', fd: 0 }]);
});

test('a node process at the other end is called node, whatever its main thread is called', async t => {
  const reader = await startNode(t, 'ready(); fs.readSync(0, Buffer.alloc(9));', {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { call } = await blockedIn(reader.pid, 'read');
  const end = call.target?.otherEnd?.find(({ pid }) => pid === process.pid);
  // Node gives its children socketpairs, whose other end only ss knows.
  if (hasSs) assert.equal(end?.name, 'node');
  assert.equal(call.target?.kind, 'unix');
});

/** Python tells its end on standard error. */
const quiet = { stdio: ['ignore', 'pipe', 'ignore'] } satisfies SpawnOptions;

const hasSs = spawnSync('ss', ['-V']).status === 0;

test('a TCP connection on loopback: addresses, state, queues, and the process that does not answer', {
  skip: needsPython,
}, async t => {
  const server = await startNode(
    t,
    `say('port ' + await listen(net.createServer({ pauseOnConnect: true }, socket => { say('accepted ' + socket._handle.fd); socket.write('12345'); }), 0)); ready();`,
  );
  const port = await numberSaid(server, 'port');
  // Python blocks in recv as an addon would; node's own sockets never block.
  const client = start(
    t,
    'python3',
    [
      '-c',
      `import socket; s = socket.create_connection(("127.0.0.1", ${port})); s.send(b"abc"); print("fd", s.fileno(), flush=True); s.recv(5, socket.MSG_WAITALL); s.recv(9)`,
    ],
    quiet,
  );
  const fd = await numberSaid(server, 'accepted');
  const { call } = await blockedIn(client.pid, 'recvfrom');
  const { local, ...target } = call.target ?? { kind: 'unknown' };
  assert.match(local ?? '', /^127\.0\.0\.1:\d+$/);
  assert.equal(target.kind, 'tcp');
  assert.equal(target.peer, `127.0.0.1:${port}`);
  assert.deepEqual([target.tcpState, target.recvQ, target.sendQ], ['ESTABLISHED', 0, 0]);
  assert.deepEqual(
    target.otherEnd?.map(end => [end.pid, end.fd]),
    [[server.pid, fd]],
  );
  assert.deepEqual(call.args.slice(0, 1), [String(call.fd)]);
  assert.equal(call.args[2], '9');
});

test('a unix socket: the process at its other end, by ss', {
  skip: needsPython || (hasSs ? false : 'needs ss (iproute2)'),
}, async t => {
  const path = join(temporaryFolder(t), 'a b.sock');
  const server = await startNode(
    t,
    `await new Promise(done => net.createServer({ pauseOnConnect: true }, socket => say('accepted ' + socket._handle.fd)).listen(${JSON.stringify(path)}, done)); ready();`,
  );
  const client = start(
    t,
    'python3',
    [
      '-c',
      `import socket; s = socket.socket(socket.AF_UNIX); s.connect(${JSON.stringify(path)}); s.send(b"abc"); s.recv(9)`,
    ],
    quiet,
  );
  const fd = await numberSaid(server, 'accepted');
  const { call, notes } = await blockedIn(client.pid, 'recvfrom');
  assert.deepEqual(
    call.target?.otherEnd?.map(end => [end.pid, end.fd]),
    [[server.pid, fd]],
  );
  assert.equal(typeof call.target?.recvQ, 'number');
  assert.deepEqual(notes, []);
});

test('without ss the other end of a unix socket is not guessed, and a note says so', async t => {
  const reader = await startNode(t, 'ready(); fs.readSync(0, Buffer.alloc(9));', {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const before = process.env['PATH'];
  process.env['PATH'] = '/nowhere';
  t.after(() => (process.env['PATH'] = before));
  const { call, notes } = await blockedIn(reader.pid, 'read');
  assert.equal(call.target?.otherEnd, undefined);
  assert.match(notes[0] ?? '', /ss \(iproute2\)/);
});

test('nobody is asked about a thread that waits for events, or runs', async t => {
  const idle = await startNode(t, 'stay(); ready();');
  const threads = await until(() => {
    const all = readThreads(idle.pid);
    return all[0]?.syscall?.name.startsWith('epoll') ? all : undefined;
  }, 'it is idle');
  assert.deepEqual(findOtherEnds(idle.pid, threads), []);
  assert.ok(threads.every(({ syscall }) => syscall?.target?.otherEnd === undefined));
});

test('who may not see the writer’s descriptors is told so', { skip: isRoot ? false : 'needs root' }, async t => {
  const fifo = makeFifo(t);
  chmodSync(dirname(fifo), 0o755);
  chmodSync(fifo, 0o666);
  // Root's writer; a reader and a nops of another user.
  await startNode(t, `fs.openSync(${JSON.stringify(fifo)}, 'r+'); ready(); stay();`);
  const reader = start(t, 'head', ['-c', '9', fifo], { uid: 65_534, gid: 65_534, cwd: '/' });
  const { call } = await blockedIn(reader.pid, 'read');
  assert.equal(call.target?.otherEnd?.length, 1, 'root sees the writer');
  process.setegid?.(65_534);
  process.seteuid?.(65_534);
  try {
    const seen = await blockedIn(reader.pid, 'read');
    assert.deepEqual(seen.call.target?.otherEnd, []);
    assert.match(seen.notes.join(), /^The descriptors of \d+ processes are hidden from you/);
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
});

test('peers by ss that do not name each other are not believed', () => {
  const text = `u_str ESTAB 0 7 /run/a 1 2.sock 100 * 200
u_str ESTAB 3 0 * 200 * 100
u_str ESTAB 0 0 * 300 * 0
u_dgr UNCONN 0 0 * 400 * 200
u_str LISTEN 0 511 /run/a 500 * 0
nonsense`;
  assert.deepEqual(
    [...parseUnixPeers(text)],
    [
      [100, { inode: 200, recvQ: 0, sendQ: 7 }],
      [200, { inode: 100, recvQ: 3, sendQ: 0 }],
    ],
  );
});

function childOf(shell: number, names: string[]): number | undefined {
  const pids = execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', String(shell)], { encoding: 'utf8' });
  const line = pids.split('\n').find(text => names.includes(text.trim().split(/\s+/)[1] ?? ''));
  return line === undefined ? undefined : Number(line.trim().split(/\s+/)[0]);
}
