/** `nops` against real processes that carry no agent: idle, listening, stuck in a system call. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type {
  FdsResult,
  InfoResult,
  ListResult,
  SocketsResult,
  StackResult,
  StatsResult,
} from '@nops/core/protocol/results';
import { readStat } from '@nops/probe/beside/procfs';
import { folder, nops, nopsPath, start, startNode, until } from './helpers.js';

async function json<Result>(...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await nops([...args, '--json']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return JSON.parse(stdout) as Result;
}

function script(name: string, text: string): string {
  const path = join(mkdtempSync(join(folder, 'app-')), name);
  writeFileSync(path, text);
  return path;
}

const fifo = join(folder, 'stalled.fifo');
let stuck = 0;
let server = 0;
let port = 0;

before(async () => {
  execFileSync('mkfifo', [fifo]);
  const read = `const fs = require('fs'); const fd = fs.openSync(${JSON.stringify(fifo)}, 'r+');
    fs.writeSync(1, 'ready\\n'); fs.readSync(fd, Buffer.alloc(1));`;
  stuck = (await startNode([script('stuck-reader.js', read)])).pid;
  const serve = `const server = require('net').createServer(s => s.on('error', () => {})).listen(0, '127.0.0.1', () => {
    const client = require('net').connect(server.address().port, '127.0.0.1', () => console.log(server.address().port)); });`;
  const started = await startNode([script('echo-server.js', serve)]);
  server = started.pid;
  port = Number(started.line);
  await until(
    'the reader to block in read(2)',
    async () => (await stackOf(stuck)).threads[0]?.syscall?.name === 'read',
  );
});

function stackOf(pid: number): Promise<StackResult> {
  return json<StackResult>('stack', String(pid));
}

test('nops lists both, with what their main threads do', async () => {
  const result = await json<ListResult>();
  assert.equal(result.schema, 'nops.list/1');
  const reader = result.processes.find(listed => listed.pid === stuck);
  assert.equal(reader?.name, 'stuck-reader');
  assert.equal(reader.ppid, process.pid);
  assert.equal(reader.node, process.versions.node);
  assert.equal(reader.agent, false);
  assert.equal(reader.main.syscall?.target?.path, fifo);
  const text = (await nops([])).stdout;
  assert.match(text, new RegExp(`^ *${stuck} .* stuck-reader .* read fd \\d+ ${fifo} `, 'm'));
  assert.match(text, new RegExp(`^ *${server} .* echo-server .* idle \\(epoll_p?wait2?\\) `, 'm'));
});

test('nops does not list itself', async () => {
  const { processes } = await json<ListResult>('list');
  assert.ok(!processes.some(listed => listed.script?.endsWith('/nops.js') && listed.ppid === process.pid));
});

test('stack names the system call, descriptor and path that a process is stuck in', async () => {
  const { schema, way, threads } = await stackOf(stuck);
  assert.deepEqual({ schema, way }, { schema: 'nops.stack/1', way: 'beside' });
  const [main] = threads;
  assert.deepEqual(
    { tid: main?.tid, role: main?.role, state: main?.state },
    { tid: stuck, role: 'main', state: 'sleeping' },
  );
  assert.equal(main?.syscall?.name, 'read');
  assert.deepEqual(main.syscall.target, { kind: 'fifo', path: fifo });
  const text = (await nops(['stack', 'stuck-reader'])).stdout;
  assert.match(text, new RegExp(`^main thread ${stuck} .*: read fd ${main.syscall.fd} ${fifo} \\[exact\\]$`, 'm'));
  assert.equal(main.accuracy, 'exact');
  assert.match(text, /readSync .*\n .*stuck-reader\.js:\d+:\d+$/m);
});

test('fds counts descriptors by kind, and --all names each', async () => {
  const result = await json<FdsResult>('fds', String(stuck));
  assert.equal(result.schema, 'nops.fds/1');
  assert.equal(
    result.kinds.reduce((sum, { count }) => sum + count, 0),
    result.open,
  );
  assert.equal(result.kinds.find(({ kind }) => kind === 'fifo')?.count, 1);
  assert.match((await nops(['fds', String(stuck), '--all'])).stdout, new RegExp(`^ *\\d+ +fifo +${fifo}$`, 'm'));
});

test('sockets shows listeners and connections', async () => {
  const result = await json<SocketsResult>('sockets', String(server));
  assert.equal(result.schema, 'nops.sockets/1');
  assert.deepEqual(
    result.listeners.map(({ local }) => local),
    [`127.0.0.1:${port}`],
  );
  const out = result.peers.find(({ direction }) => direction === 'out');
  assert.deepEqual({ peer: out?.peer, state: out?.state }, { peer: `127.0.0.1:${port}`, state: 'ESTABLISHED' });
  assert.match(
    (await nops(['sockets', String(server), '--all'])).stdout,
    new RegExp(`LISTEN +127\\.0\\.0\\.1:${port}`),
  );
});

test('stats from beside has nulls for what only an agent knows, and says so', async () => {
  const result = await json<StatsResult>('stats', String(server));
  assert.deepEqual({ schema: result.schema, way: result.way }, { schema: 'nops.stats/1', way: 'beside' });
  assert.deepEqual([result.requests, result.loop, result.gc, result.heap], [null, null, null, null]);
  assert.ok((result.rssBytes ?? 0) > 0 && (result.fds?.open ?? 0) > 0);
  assert.match(result.notes.join('\n'), /agent would add .*@nops\/agent\/register/);
});

test('nops <pid> is nops info <pid>', async () => {
  const result = await json<InfoResult>(String(server));
  const again = await json<InfoResult>('info', String(server));
  // What it uses has moved on meanwhile.
  const { elapsedSeconds: _elapsed, usage: _usage, cgroup: _cgroup, ...same } = result;
  assert.deepEqual({ ...again, ...same }, again);
  assert.deepEqual(
    { schema: result.schema, name: result.name, agent: result.agent },
    { schema: 'nops.info/1', name: 'echo-server', agent: null },
  );
  assert.equal(result.command.at(-1), readFileSync(`/proc/${server}/cmdline`, 'utf8').split('\0').at(-2));
});

test('a process is found by its script, with and without ending', async () => {
  for (const name of ['echo-server', 'echo-server.js'])
    assert.equal((await json<InfoResult>('info', name)).pid, server);
});

test('a name that several processes have is refused, with their pids', async () => {
  const text = 'setInterval(() => {}, 1000); console.log("ready")';
  const pids = [(await startNode([script('twin.js', text)])).pid, (await startNode([script('twin.js', text)])).pid];
  const ended = await nops(['info', 'twin']);
  assert.equal(ended.code, 2);
  for (const pid of pids) assert.match(ended.stderr, new RegExp(`^ {2}${pid}  twin  /`, 'm'));
});

test('an announcement of a process that is gone is no agent, and is swept away', async () => {
  const name = 'nops-4194304-1';
  const socketPath = join(folder, `${name}.sock`);
  const announcement = {
    schema: 'nops.agent/1',
    pid: 4194304,
    startTime: '1',
    socketPath,
    name: null,
    node: '20.0.0',
    agent: '0.1.0',
  };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(announcement), { mode: 0o600 });
  assert.equal((await nops(['pools', String(server)], { NOPS_ATTACH: '0' })).code, 6);
  // Where not every process can be seen, absence proves nothing, and the file stays.
  const seesAll = execFileSync('readlink', ['/proc/self/ns/pid'], { encoding: 'utf8' }) === 'pid:[4026531836]\n';
  assert.equal(existsSync(join(folder, `${name}.json`)), !seesAll);
});

/** strace can make a call take long: the one that nops stops a process with, so that it is met while it holds. */
const holding = ['-D', '-qq', '-o', '/dev/null', '-e', 'trace=kill', '-e', 'signal=none'];
const delayed = (nth: number) => ['-e', `inject=kill:delay_exit=60s:when=${nth}`];
const canHold = spawnSync('strace', [...holding, ...delayed(1), 'true']).status === 0;
const skip = canHold ? false : 'needs a strace that delays calls, and the right to trace';

/** `kill` is called by turns for SIGSTOP and SIGCONT: the fifth call is the third stop. */
const stopping: [line: string[], nth: number][] = [
  [['stack', '--stop'], 1],
  [['top', '--stop', '--once', '-s', '60'], 1],
  [['top', '--stop', '--once', '-s', '60'], 5],
];

for (const [line, nth] of stopping) {
  test(`nops ${line.join(' ')} is killed in its stop ${(nth + 1) / 2}: the process goes on`, { skip }, async () => {
    const { pid } = await startNode(['-e', 'console.log("ready"); for (;;);']);
    const args = [...holding, ...delayed(nth), process.execPath, nopsPath, ...line, String(pid)];
    // With -D the process that is started becomes nops, and strace is another one.
    const { pid: nopsPid, child } = start('strace', args, { ...process.env, NOPS_DIR: folder });
    await until('nops to hold it', () => readStat(pid).state === 'T' && isInKill(nopsPid));
    const tracer = Number(/^TracerPid:\t(\d+)$/m.exec(readFileSync(`/proc/${nopsPid}/status`, 'utf8'))?.[1]);
    process.kill(nopsPid, 'SIGKILL');
    process.kill(tracer, 'SIGKILL'); // it would go on waiting, and nobody else is told of the end before
    await until('nops to have ended', () => child.signalCode === 'SIGKILL');
    await until('it to go on', () => readStat(pid).state === 'R');
  });
}

/** kill(2), at its end. */
function isInKill(pid: number): boolean {
  return readStat(pid).state === 't';
}
