/** `nops attach` and what attaches for the moment, on processes that nobody prepared. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { AttachResult, EvalResult } from '@nops/core/protocol/attach-results';
import type { AllocsResult, HeapResult } from '@nops/core/protocol/memory-results';
import type { CpuResult, DetachResult, InfoResult, PoolsResult } from '@nops/core/protocol/results';
import { readListeners } from '@nops/probe/through/listeners';
import { makeFifo } from '../support/fifo.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { mayOpen, mustNotOpen } from '../support/states.js';
import { startTarget, type Target, until } from '../support/target.js';
import { folder, nops } from './helpers.js';

const threadsOf = (pid: number): number => readdirSync(`/proc/${pid}/task`).length;

function start(t: TestContext, code: string, node: string, flags: readonly string[] = []): Promise<Target> {
  return startTarget(t, code, { node, execArgv: ['--inspect-port=0', ...flags], noSocket: true, type: 'cjs' });
}

async function json<Result>(...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await nops([...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Result;
}

/** No listener, no file and no more threads than before. */
async function untouched(pid: number, threads: number): Promise<void> {
  await until(
    () => threadsOf(pid) <= threads || undefined,
    () => `${threads} threads in ${pid}, of ${threadsOf(pid)}`,
  );
  assert.equal(readListeners(pid).own.size, 0);
  const left = readdirSync(folder).filter(name => name.startsWith(`nops-${pid}-`));
  assert.deepEqual(left, []);
}

for (const version of nodeVersions) {
  const node = nodeBinary(version) ?? '';
  const skip = node === '' ? `Node ${version} is not installed` : false;

  test(`Node ${version}: attached in a busy loop, it answers; detached, nothing is left; both may be repeated`, {
    skip,
  }, async t => {
    const target = await start(t, mayOpen['busy'] ?? '', node);
    await target.said('ready');
    const pid = String(target.pid);
    const threads = threadsOf(target.pid);
    for (let round = 0; round < 2; round++) {
      const attached = await json<AttachResult>('attach', pid);
      assert.deepEqual([attached.schema, attached.way, attached.already], ['nops.attach/1', 'through', false]);
      assert.equal((await json<AttachResult>('attach', pid)).already, true);
      const info = await json<InfoResult>('info', pid);
      assert.deepEqual([info.pid, info.agent], [target.pid, attached.agent]);
      assert.equal((await json<DetachResult>('detach', pid)).attached, true);
      assert.equal((await json<DetachResult>('detach', pid)).agent, null);
      await untouched(target.pid, threads);
    }
    assert.equal(target.child.exitCode, null);
  });

  test(`Node ${version}: pools and cpu attach for the moment, say so, and leave nothing`, { skip }, async t => {
    const code = `const http = require('node:http'); const agent = new http.Agent({ maxSockets: 3 });
function guilty() { let sum = 0; for (let i = 0; i < 3e5; i++) sum += Math.sqrt(i) % 3; return sum; }
const server = http.createServer((request, response) => { guilty(); response.end('ok'); });
process.on('SIGTERM', () => {});
server.listen(${JSON.stringify(join(folder, `up-${version}.sock`))}, () => {
  setInterval(() => http.get({ socketPath: server.address(), agent }, answer => answer.resume()), 5); console.log('ready'); });`;
    // Optimized, it is inlined, and V8's profiler tells it as its caller.
    const target = await start(t, code, node, ['--no-opt', '--no-maglev']);
    await target.said('ready');
    const pid = String(target.pid);
    const threads = Math.max(threadsOf(target.pid), 11);
    const pools = await nops(['pools', pid, '-s', '1', '--json']);
    assert.equal(pools.code, 0, pools.stderr);
    assert.match(
      pools.stderr,
      new RegExp(
        `process ${pid} had no agent: one has been attached for this\nnops: detached it from process ${pid}$`,
        'm',
      ),
    );
    assert.ok((JSON.parse(pools.stdout) as PoolsResult).pools.length > 0);
    const cpu = await json<CpuResult>('cpu', pid, '-s', '1', '-o', join(folder, `cpu-${version}.pb.gz`));
    // Without the optimizer its sums are garbage, which takes long to collect on a busy machine.
    const first = cpu.top.find(entry => entry.function !== '(garbage collector)');
    assert.equal(first?.function, 'guilty');
    await untouched(target.pid, threads);
  });
}

test('eval tells a value and what an expression throws, and runs nothing unasked', async t => {
  const target = await start(t, `${mayOpen['idle']} globalThis.seen = [];`, process.execPath);
  await target.said('ready');
  const pid = String(target.pid);
  const unasked = await nops(['eval', pid, 'seen.push(1)']);
  assert.equal(unasked.code, 2);
  const asked = await json<EvalResult>('eval', pid, 'Promise.resolve({ seen: seen.length })', '--run-in-process');
  assert.deepEqual(asked.value, { seen: 0 });
  const whole = await json<EvalResult>('eval', pid, '({ some: [1, null, "text"] })', '--run-in-process');
  assert.deepEqual(whole.value, { some: [1, null, 'text'] });
  const thrown = await nops(['eval', pid, 'nothing.there', '--run-in-process']);
  assert.equal(thrown.code, 6);
  assert.match(thrown.stderr, /the expression threw: ReferenceError: nothing is not defined/);
  assert.equal(target.child.exitCode, null);
});

test('eval answers also where JavaScript runs in circles', async t => {
  const target = await start(t, mayOpen['busy'] ?? '', process.execPath);
  await target.said('ready');
  const { value } = await json<EvalResult>('eval', String(target.pid), '[process.pid]', '--run-in-process');
  assert.deepEqual(value, [target.pid]);
});

test('what each way reaches is told as it is: idle and blocked', async t => {
  const reachOf = async (pid: number) =>
    (await json<InfoResult>('info', String(pid))).reach.find(({ way }) => way === 'through');
  const idle = await start(t, mayOpen['idle'] ?? '', process.execPath);
  await idle.said('ready');
  assert.equal((await reachOf(idle.pid))?.works, true);
  const stalled = await mustNotOpen['fifo']?.(folder);
  t.after(() => stalled?.close());
  const blocked = await start(t, stalled?.code ?? '', process.execPath);
  await blocked.said('ready');
  await until(
    async () => ((await reachOf(blocked.pid))?.works === false ? true : undefined),
    () => 'it to be blocked',
  );
  assert.match((await reachOf(blocked.pid))?.why ?? '', /its main thread is in read/);
});

test('heap and allocs of a process that nobody prepared: what they can see, and what sees the rest', async t => {
  const code = `const kept = []; function before() { for (let i = 0; i < 300_000; i++) kept.push([i]); } before();
    function keeps() { for (let i = 0; i < 1000; i++) kept.push(new Array(30).fill(i)); }
    setInterval(keeps, 10); console.log('ready');`;
  const target = await startTarget(t, code, { execArgv: ['--inspect-port=0'], noSocket: true });
  await target.said('ready');
  const pid = String(target.pid);
  const heap = await json<HeapResult>('heap', pid, '-s', '1', '-o', join(folder, 'unprepared.pb.gz'));
  const names = heap.top.map(entry => entry.function);
  assert.ok(names.includes('keeps') && !names.includes('before'), names.join());
  assert.match(
    heap.notes.join(),
    /only what was allocated in these 1 s, and is alive; for all that is alive: nops heap-snapshot/,
  );
  const allocs = await json<AllocsResult>('allocs', pid, '-s', '1', '-o', join(folder, 'unprepared.pb.gz'));
  assert.ok(allocs.top.some(entry => entry.function === 'keeps'));
  assert.deepEqual(readListeners(target.pid).own.size, 0);
});

test('a profile needs no thread of libuv’s pool: all of them may be stuck, as on a dead file server', async t => {
  const code = `const fs = require('node:fs'); const fd = fs.openSync(${JSON.stringify(makeFifo(t))}, 'r+');
    for (let i = 0; i < 4; i++) fs.read(fd, Buffer.alloc(1), 0, 1, null, () => {});
    setInterval(() => {}, 1000); console.log('ready');`;
  const target = await start(t, code, process.execPath);
  await target.said('ready');
  const { schema } = await json<CpuResult>('cpu', String(target.pid), '-s', '1', '-o', join(folder, 'stuck.pb.gz'));
  assert.equal(schema, 'nops.cpu/1');
});
