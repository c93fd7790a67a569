/** The shape of `nops stack --json`, field by field: scripts rely on it, and it only grows. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { StackFrame, StackResult, StackThread } from '@nops/core/protocol/results';
import { agentRegister } from '../support/target.js';
import { folder, nops, start, startNode, until } from './helpers.js';

/** Reads four bytes that never come. */
const script = `const fs = require('node:fs');
class Reader {
  constructor(fd) { this.fd = fd; }
  await4() {
    return fs.readSync(this.fd, Buffer.alloc(4));
  }
}
const reader = new Reader(process.argv[2] === undefined ? 0 : fs.openSync(process.argv[2], 'r+'));
fs.writeSync(1, 'ready\\n');
function outermost() { reader.await4(); }
outermost();
`;
const path = join(mkdtempSync(join(folder, 'app-')), 'reader.cjs');

/** Where something stands in the script, both from 1. */
function placeOf(text: string): { line: number; column: number } {
  const before = script.slice(0, script.indexOf(text)).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

before(() => writeFileSync(path, script));

/** Whoever opens it is at its other end too: each process has its own. */
function newFifo(): string {
  const fifo = join(mkdtempSync(join(folder, 'fifo-')), 'stalled.fifo');
  execFileSync('mkfifo', [fifo]);
  return fifo;
}

const roles = ['main', 'worker', 'libuv', 'v8', 'other'];
const accuracies = ['exact', 'callers', 'none'];
const states = ['running', 'sleeping', 'disk', 'stopped', 'zombie', 'unknown'];
const kinds = ['js', 'builtin', 'native', 'wasm'];
const tiers = ['interpreted', 'baseline', 'maglev', 'turbofan'];

/** `-` where a field may be absent. */
const threadFields = ['accuracy', 'frames', 'name', 'role', 'state', 'syscall-', 'tid'];
const syscallFields = ['args', 'fd-', 'name', 'target-'];
const targetFields = ['kind', 'local-', 'otherEnd-', 'path-', 'peer-', 'recvQ-', 'sendQ-', 'tcpState-'];
const frameFields = ['class-', 'column', 'function', 'generated-', 'inlined', 'kind', 'line', 'tier-', 'url'];

/** Exactly these, but those that may be absent. */
function hasFields(value: object, fields: string[]): void {
  const keys = Object.keys(value).sort();
  const known = fields.map(field => field.replace('-', ''));
  const wanted = known.filter((name, index) => !fields[index]?.endsWith('-') || keys.includes(name));
  assert.deepEqual(keys, wanted, JSON.stringify(value));
}

function checkThread(thread: StackThread): void {
  hasFields(thread, threadFields);
  const { tid, name, role, state, accuracy, syscall, frames } = thread;
  assert.ok(Number.isInteger(tid) && tid > 0 && name.length > 0);
  assert.ok(roles.includes(role), role);
  assert.ok(states.includes(state), state);
  assert.ok(accuracies.includes(accuracy), accuracy);
  if (accuracy === 'none') assert.deepEqual(frames, []);
  if (syscall !== undefined) {
    hasFields(syscall, syscallFields);
    assert.match(syscall.name, /^\w+$/);
    assert.ok(syscall.args.every(argument => typeof argument === 'string' && argument !== ''));
    if (syscall.fd !== undefined) assert.equal(String(syscall.fd), syscall.args[0]);
    if (syscall.target !== undefined) hasFields(syscall.target, targetFields);
  }
  frames.forEach(checkFrame);
}

function checkFrame(frame: StackFrame): void {
  hasFields(frame, frameFields);
  assert.ok(kinds.includes(frame.kind), frame.kind);
  assert.ok(frame.tier === undefined || tiers.includes(frame.tier), frame.tier);
  assert.equal(typeof frame.inlined, 'boolean');
  assert.equal(typeof frame.function, 'string');
  // What was written by nobody in JavaScript has no place in a script.
  const least = frame.kind === 'js' ? 1 : 0;
  for (const place of [frame.line, frame.column]) assert.ok(Number.isInteger(place) && place >= least);
  assert.equal(frame.kind === 'js', frame.url !== '' && frame.line > 0);
}

async function stackOf(pid: number, options: string[] = []): Promise<StackResult> {
  const { code, stdout, stderr } = await nops(['stack', String(pid), '--json', ...options]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const result = JSON.parse(stdout) as StackResult;
  result.threads.forEach(checkThread);
  return result;
}

/** Once its main thread is in read(2). */
function whenStuck(pid: number): Promise<StackResult> {
  return until('it to block in read(2)', async () => {
    const result = await stackOf(pid);
    const { state, syscall } = mainOf(result);
    return state === 'sleeping' && syscall?.name === 'read' ? result : undefined;
  });
}

function mainOf({ threads }: Pick<StackResult, 'threads'>): StackThread {
  const found = threads.filter(({ role }) => role === 'main');
  assert.equal(found.length, 1);
  return found[0] as StackThread;
}

/** The frames of the script, whole, in order; the code ran once, so nothing was compiled. */
const ownFrames: StackFrame[] = [
  { function: 'await4', class: 'Reader', at: 'readSync(this' },
  { function: 'outermost', at: 'await4();' },
  { function: '', at: 'outermost();' },
].map(({ at, ...names }) => ({
  ...names,
  url: path,
  ...placeOf(at),
  kind: 'js',
  inlined: false,
  tier: 'interpreted',
}));

function checkStuck(main: StackThread, pid: number, fifo: string): void {
  const { frames, syscall, ...rest } = main;
  assert.deepEqual(rest, { tid: pid, name: main.name, role: 'main', state: 'sleeping', accuracy: 'exact' });
  const fd = syscall?.fd ?? -1;
  assert.deepEqual(syscall, {
    name: 'read',
    args: [String(fd), syscall?.args[1], '4'],
    fd,
    target: { kind: 'fifo', path: fifo },
  });
  assert.match(syscall?.args[1] ?? '', /^0x[0-9a-f]+$/);
  const own = frames.filter(({ url }) => url === path);
  assert.deepEqual(own, ownFrames);
  // Above it is Node's own, and in some versions of V8 the function that is C++.
  const above = frames
    .slice(
      0,
      frames.findIndex(({ url }) => url === path),
    )
    .filter(({ kind }) => kind === 'js');
  assert.deepEqual(
    above.map(({ function: name, url }) => [name, url]),
    [['readSync', 'node:fs']],
  );
}

test('from beside: every field', async () => {
  const fifo = newFifo();
  const { pid } = await startNode([path, fifo]);
  const { threads, ...top } = await whenStuck(pid);
  assert.deepEqual(top, {
    schema: 'nops.stack/1',
    pid,
    way: 'beside',
    notes: [],
    node: process.versions.node,
    v8: process.versions.v8.replace(/-.*/, ''),
    pausedMicros: 0,
    pending: null,
  });
  checkStuck(mainOf({ threads }), pid, fifo);
  // Of V8's own threads and the pool of libuv only what they wait in is known.
  const others = threads.filter(({ role }) => role !== 'main');
  assert.ok(others.some(({ role }) => role === 'v8') && others.some(({ accuracy }) => accuracy === 'none'));
  assert.equal(new Set(threads.map(({ tid }) => tid)).size, threads.length);
  assert.deepEqual(threads.map(({ tid }) => String(tid)).sort(), readdirSync(`/proc/${pid}/task`).sort());
});

test('through an agent: the same fields, and the same main thread as from beside', async () => {
  const fifo = newFifo();
  const environment = { ...process.env, NODE_OPTIONS: '', NOPS_DIR: folder };
  const { pid } = await startNode(['--import', agentRegister, path, fifo], environment);
  await until('the agent to announce itself', () =>
    readdirSync(folder).some(name => name.startsWith(`nops-${pid}-`) && name.endsWith('.json')),
  );
  const { threads, notes, ...top } = await whenStuck(pid);
  assert.deepEqual(top, {
    schema: 'nops.stack/1',
    pid,
    way: 'agent',
    node: process.versions.node,
    v8: process.versions.v8,
    pausedMicros: 0,
    pending: null,
  });
  // A thread that runs may be met in mid-change; the main thread stands still.
  const unread = notes.flatMap(
    note => /^The stack of thread (\d+) could not be read this time: /.exec(note)?.[1] ?? [],
  );
  assert.ok(!unread.includes(String(pid)));
  assert.equal(notes.length, unread.length + 1, notes.join('\n'));
  assert.match(
    notes.at(-1) ?? '',
    /^no handles or requests: no answer within .* the main thread is in read on fd \d+ \(.*stalled\.fifo\)/,
  );
  const main = mainOf({ threads });
  checkStuck(main, pid, fifo);
  assert.ok(threads.some(({ role }) => role === 'worker'));

  const { way, threads: seen } = await stackOf(pid, ['--native']);
  assert.equal(way, 'beside');
  const beside = mainOf({ threads: seen });
  assert.ok(beside.frames.some(({ kind }) => kind === 'native'));
  assert.deepEqual(
    { ...beside, frames: beside.frames.filter(({ kind }) => kind === 'js') },
    {
      ...main,
      frames: main.frames.filter(({ kind }) => kind === 'js'),
    },
  );
});

const needsBash = spawnSync('bash', ['-c', 'exit']).status === 0 ? false : 'needs bash, to open a socket that blocks';

test('a read of a socket: both addresses, the queues, and who holds the other end', { skip: needsBash }, async () => {
  const server = createServer(socket => socket.on('error', () => {}));
  after(() => server.close());
  const port = await listening(server);
  const command = `exec "$0" "$1" 0<>/dev/tcp/127.0.0.1/${port}`;
  const { pid, child } = start('bash', ['-c', command, process.execPath, path]);
  // Until then it is bash.
  await once(child.stdout as Readable, 'data');
  const { syscall } = mainOf(await whenStuck(pid));
  const { target } = syscall ?? {};
  assert.deepEqual(syscall, { name: 'read', args: ['0', syscall?.args[1], '4'], fd: 0, target });
  const { path: socket = '', local = '', otherEnd = [], ...rest } = target ?? { kind: 'unknown' };
  assert.match(socket, /^socket:\[\d+\]$/);
  assert.match(local, /^127\.0\.0\.1:\d+$/);
  assert.deepEqual(rest, { kind: 'tcp', peer: `127.0.0.1:${port}`, tcpState: 'ESTABLISHED', recvQ: 0, sendQ: 0 });
  assert.equal(otherEnd.length, 1);
  const [end] = otherEnd;
  assert.deepEqual(end, { pid: process.pid, name: end?.name, fd: end?.fd });
  assert.ok(Number.isInteger(end?.fd) && typeof end?.name === 'string');
});

function listening(server: Server): Promise<number> {
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

test('a thread that runs has no system call, and its accuracy says what is known of it', async () => {
  const code = `const { Worker } = require('node:worker_threads');
    new Worker('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', { eval: true });
    setTimeout(() => { console.log('ready'); for (;;); }, 100);`;
  const { pid } = await startNode(['-e', code]);
  const waits = await until('the worker to wait', async () => {
    const { threads } = await stackOf(pid);
    return threads.find(
      ({ role, syscall, frames }) => role === 'worker' && syscall?.name === 'futex' && frames.length > 0,
    );
  });
  assert.equal(waits.accuracy, 'exact');
  const stopped = await stackOf(pid, ['--stop']);
  assert.ok(Number.isInteger(stopped.pausedMicros) && stopped.pausedMicros > 0);
  assert.deepEqual([stopped.way, mainOf(stopped).accuracy], ['beside', 'exact']);
  const running = await stackOf(pid);
  assert.equal(running.pausedMicros, 0);
  assert.deepEqual([mainOf(running).state, 'syscall' in mainOf(running)], ['running', false]);
});
