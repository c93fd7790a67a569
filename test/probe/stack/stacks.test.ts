/** Stacks of real processes, read from outside: threads, running and stopped ones, C++ frames, stripped builds, ends in mid-read. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { NopsError } from '@nops/core/protocol/errors';
import type { StackThread } from '@nops/core/protocol/results';
import { readStat } from '@nops/probe/beside/procfs';
import { mapThreads } from '@nops/probe/beside/stack/map-frames';
import { type ReadStacks, readStacks } from '@nops/probe/beside/stack/read-stacks';
import { Stacks } from '@nops/probe/beside/stack/stacks';
import { strippedCopy } from '../../support/altered-node.js';
import { makeFifo } from '../../support/fifo.js';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget, until } from '../../support/target.js';

const plain = { execArgv: [], noSocket: true };

function mainOf({ threads }: ReadStacks): StackThread {
  const main = threads.find(({ role }) => role === 'main');
  assert.ok(main);
  return main;
}

/** `function:line` of the frames of the script. */
function ownFrames(thread: StackThread): string[] {
  return thread.frames.filter(({ url }) => /app\.[cm]js$/.test(url)).map(frame => `${frame.function}:${frame.line}`);
}

/** Waits until the main thread is in this call: a target says that it is about to, not that it is. */
async function inCall(pid: number, name: string): Promise<ReadStacks> {
  return until(
    async () => {
      const read = await readStacks(pid);
      const { syscall, state, accuracy } = mainOf(read);
      // At its start it reads its own files: in passing, and before it has an isolate.
      return syscall?.name === name && state === 'sleeping' && accuracy === 'exact' ? read : undefined;
    },
    () => `process ${pid} to be in ${name}`,
  );
}

for (const version of nodeVersions) {
  const node = nodeBinary(version) ?? '';
  const skip = node === '' ? `Node ${version} is not installed` : false;

  test(`Node ${version}: the main thread and a worker, each blocked in its own call`, { skip }, async t => {
    const fifo = makeFifo(t);
    const code = `const { Worker, isMainThread } = require('node:worker_threads');
const fs = require('node:fs');
function waitInWorker() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }
function readForever() { fs.readSync(fs.openSync(${JSON.stringify(fifo)}, 'r+'), Buffer.alloc(1)); }
if (isMainThread) { new Worker(__filename).on('online', () => setTimeout(() => { console.log('ready'); readForever(); }, 100)); }
else waitInWorker();`;
    const target = await startTarget(t, code, { ...plain, node, type: 'cjs' });
    await target.said('ready');
    const read = await inCall(target.pid, 'read');
    const main = mainOf(read);
    assert.deepEqual([main.accuracy, ownFrames(main)], ['exact', ['readForever:4', '_onTimeout:5']]);
    const workers = read.threads.filter(({ role }) => role === 'worker');
    assert.deepEqual(
      workers.map(worker => [worker.accuracy, ownFrames(worker).slice(0, 1), worker.syscall?.name]),
      [['exact', ['waitInWorker:3'], 'futex']],
    );
    assert.equal(read.stoppedMicros, 0);
    assert.match(read.v8 ?? '', /^\d+\.\d+\.\d+\.\d+$/);
  });

  test(`Node ${version}: C++ frames on demand, in place`, { skip }, async t => {
    const fifo = makeFifo(t);
    const code = `const fs = require('node:fs');
console.log('ready');
fs.readSync(fs.openSync(${JSON.stringify(fifo)}, 'r+'), Buffer.alloc(1));`;
    const target = await startTarget(t, code, { ...plain, node, type: 'cjs' });
    await target.said('ready');
    await inCall(target.pid, 'read');
    const { frames } = mainOf(await readStacks(target.pid, { native: true }));
    const native = frames.filter(({ kind }) => kind === 'native').map(frame => frame.function);
    assert.ok(native.includes('node::fs::Read'), native.join());
    const read = frames.findIndex(frame => frame.function === 'node::fs::Read');
    assert.ok(read < frames.findIndex(frame => frame.function === 'readSync'));
    const without = mainOf(await readStacks(target.pid)).frames;
    assert.ok(without.every(({ kind }) => kind !== 'native'));
  });

  test(`Node ${version}: a running thread has its callers; stopped for a moment, it is exact and goes on`, {
    skip,
  }, async t => {
    const code = `function innermost(n) { let sum = 0; for (let i = 0; i < n; i++) sum += Math.sqrt(i) % 3; return sum; }
function middle(n) { let sum = 0; for (let i = 0; i < 10; i++) sum += innermost(n + i); return sum; }
function outermost() { let sum = 0; for (;;) { sum += middle(1e5); if (sum < 0) return sum; } }
console.log('ready');
outermost();`;
    const target = await startTarget(t, code, { ...plain, node, type: 'cjs' });
    await target.said('ready');
    const running = mainOf(await readStacks(target.pid));
    // Its last frames are those that its first function calls; the ones that were inlined may be missing.
    const callers = ownFrames(running).map(frame => frame.split(':')[0]);
    assert.ok(callers.includes('outermost'), callers.join());
    if (running.accuracy !== 'exact') assert.equal(running.accuracy, 'callers');

    for (let count = 0; count < 5; count++) {
      const read = await readStacks(target.pid, { stop: true });
      const stopped = mainOf(read);
      assert.equal(stopped.accuracy, 'exact', read.notes.join());
      const own = ownFrames(stopped).map(frame => frame.split(':')[0]);
      assert.deepEqual(own.slice(-2), ['outermost', '']);
      assert.ok(
        ['outermost', 'middle,outermost', 'innermost,middle,outermost'].includes(own.slice(0, -1).join()),
        own.join(),
      );
      assert.notEqual(readStat(target.pid).state, 'T');
    }
  });

  test(`Node ${version}: a stripped build`, { skip }, async t => {
    const fifo = makeFifo(t);
    const code = `const fs = require('node:fs');
class Store { load() { return fs.readSync(fs.openSync(${JSON.stringify(fifo)}, 'r+'), Buffer.alloc(1)); } }
function handle() { return new Store().load(); }
console.log('ready');
handle();`;
    const target = await startTarget(t, code, { ...plain, node: strippedCopy(t, node), type: 'cjs' });
    await target.said('ready');
    const main = mainOf(await inCall(target.pid, 'read'));
    assert.deepEqual([main.accuracy, ownFrames(main).slice(0, 2)], ['exact', ['load:2', 'handle:3']]);
    assert.equal(main.frames.find(frame => frame.function === 'load')?.class, 'Store');
  });
}

test('a process that ends while it is looked at is told as gone', async t => {
  const target = await startTarget(t, `setInterval(() => {}, 1000); console.log('ready');`, plain);
  await target.said('ready');
  const stacks = new Stacks(target.pid);
  t.after(() => stacks.close());
  target.child.kill('SIGKILL');
  await target.exited;
  assert.throws(() => stacks.look(target.pid), isGone);
  await assert.rejects(readStacks(target.pid), isGone);
});

function isGone(error: unknown): boolean {
  return error instanceof NopsError && error.code === 'no-target' && error.message.includes('no process');
}

test('an idle process has no JavaScript on its stack, and that is exact', async t => {
  const target = await startTarget(t, `setInterval(() => {}, 1e6); console.log('ready');`, plain);
  await target.said('ready');
  const main = mainOf(await inCall(target.pid, 'epoll_pwait').catch(() => inCall(target.pid, 'epoll_wait')));
  assert.deepEqual([main.accuracy, main.frames], ['exact', []]);
});

test('a process in other namespaces: its own pids and files', { skip: mayUnshare() }, async t => {
  const fifo = makeFifo(t);
  const code = `import fs from 'node:fs';
function readForever() { fs.readSync(fs.openSync(${JSON.stringify(fifo)}, 'r+'), Buffer.alloc(1)); }
console.log('ready', process.pid);
readForever();`;
  const prefix = ['unshare', '--pid', '--mount', '--net', '--fork', '--mount-proc', '--kill-child'];
  const target = await startTarget(t, code, { ...plain, prefix });
  assert.equal(await target.said('ready'), '1', 'the pid that it sees itself');
  const pid = await until(
    () => childrenOf(target.pid)[0],
    () => 'the child of unshare',
  );
  const main = mainOf(await inCall(pid, 'read'));
  assert.deepEqual([main.accuracy, ownFrames(main)[0]], ['exact', 'readForever:2']);
});

function mayUnshare(): string | false {
  return process.getuid?.() === 0 ? false : 'needs root';
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
}

test('what is no Node process is refused', async (t: TestContext) => {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill());
  const { refusal, threads } = await readStacks(child.pid ?? 0);
  assert.equal(refusal?.code, 'impossible');
  assert.ok(threads.length > 0);
});

test('frames are told in terms of the source, where there is a map', async t => {
  const fifo = makeFifo(t);
  // The first line of the script is from line 41, column 3 of source.ts.
  const map = { version: 3, sources: ['source.ts'], names: [], mappings: 'AAwCE' };
  const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
  const code = `require('node:fs').readSync(require('node:fs').openSync(${JSON.stringify(fifo)}, 'r+'), Buffer.alloc(1));
//# sourceMappingURL=${url}`;
  const target = await startTarget(t, code, { ...plain, type: 'cjs' });
  const { threads } = await inCall(target.pid, 'read');
  const frame = mapThreads(target.pid, threads)[0]?.frames.find(({ generated }) => generated !== undefined);
  assert.match(frame?.url ?? '', /\/source\.ts$/);
  assert.deepEqual([frame?.line, frame?.column, frame?.generated?.line], [41, 3, 1]);
  assert.match(frame?.generated?.url ?? '', /\/app\.cjs$/);
});
