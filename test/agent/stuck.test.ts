import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { StackResult, StatsResult } from '@nops/core/protocol/results';
import { readStat } from '@nops/probe/beside/procfs';
import { agentEntry, startTarget } from '../support/target.js';

function cpuSeconds(pid: number): number {
  const { utimeTicks, stimeTicks } = readStat(pid);
  return (utimeTicks + stimeTicks) / 100;
}

function main(stack: StackResult) {
  const found = stack.threads.find(thread => thread.role === 'main');
  assert.ok(found);
  return found;
}

test('while JavaScript spins: the stack is exact, and everything answers', async t => {
  const code = `function outer() { inner(); }
function inner() { for (let x = 0; ; x++) Math.sqrt(x); }
setTimeout(() => { console.log('spinning'); outer(); }, 300);`;
  const target = await startTarget(t, code);
  await target.said('spinning');
  const stack = (await target.ask('/debug/nops/stack')).json() as unknown as StackResult;
  const { frames, accuracy, state } = main(stack);
  assert.deepEqual(
    frames.slice(0, 2).map(f => [f.function, f.line]),
    [
      ['inner', 2],
      ['outer', 1],
    ],
  );
  assert.match(frames[0]?.url ?? '', /^file:.*app\.mjs$/);
  assert.equal(accuracy, 'exact');
  assert.equal(state, 'running');
  assert.ok(stack.pausedMicros > 0);
  assert.notEqual(stack.pending, null);
  for (const path of ['info', 'fds', 'sockets', 'pools', 'stats'])
    assert.equal((await target.ask(`/debug/nops/${path}`)).status, 200, path);
  const before = cpuSeconds(target.pid);
  const stats = (await target.ask('/debug/nops/stats?seconds=2')).json() as unknown as StatsResult;
  const used = cpuSeconds(target.pid) - before;
  assert.ok((stats.blockedForMs ?? 0) > 1000);
  assert.equal(stats.loop, null);
  // The kernel's other clock, in ticks of 10 ms, over a little more time; however much of a core the machine has left for it.
  const told = ((stats.cpuPercent ?? 0) / 100) * 2;
  assert.ok(told > used / 2 && told < used + 0.2, `told ${told} s, used ${used} s`);
});

test('what the app does with Error is not disturbed by a stack, nor the stack by it', async t => {
  const code = `Error.stackTraceLimit = 3; Error.prepareStackTrace = () => { console.log('called'); return 'mine'; };
let n = 0; setInterval(() => { if (Error.stackTraceLimit !== 3 || new Error().stack !== 'mine') console.log('broken'); n++; }, 1);
setTimeout(() => console.log('done', n), 1500);`;
  const target = await startTarget(t, code);
  for (let i = 0; i < 20; i++) assert.equal((await target.ask('/debug/nops/stack')).status, 200);
  await target.said('done');
  assert.doesNotMatch(target.output().stdout, /broken/);
});

function makeFifo(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nops-fifo-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const fifo = join(folder, 'stalled');
  execFileSync('mkfifo', [fifo]);
  return fifo;
}

/** Stops in read(2) after `stuck` until somebody writes to the FIFO. */
const reader = (fifo: string, before = '') => `import fs from 'node:fs';
const fd = fs.openSync(${JSON.stringify(fifo)}, fs.constants.O_RDWR);
${before}
setTimeout(() => { console.log('stuck'); fs.readSync(fd, Buffer.alloc(10)); console.log('free'); }, 300);
setInterval(() => {}, 1000);`;

test('while it is stuck in read(2): the system call, fd and path are known, the rest answers by its deadline', async t => {
  const fifo = makeFifo(t);
  const target = await startTarget(t, reader(fifo));
  await target.said('stuck');
  const stack = (await target.ask('/debug/nops/stack')).json() as unknown as StackResult;
  const { syscall, accuracy, frames } = main(stack);
  assert.equal(syscall?.name, 'read');
  assert.equal(syscall?.target?.path, fifo);
  assert.equal(syscall?.target?.kind, 'fifo');
  assert.equal(accuracy, 'exact');
  assert.deepEqual(
    frames.filter(({ url }) => url.startsWith('file:')).map(({ line }) => line),
    [4],
  );
  assert.equal(stack.pending, null);
  assert.match(stack.notes.join(), /in read on fd \d+ \(.*stalled\)/);

  const stats = (await target.ask('/debug/nops/stats?seconds=2')).json() as unknown as StatsResult;
  assert.equal(stats.requests, null);
  assert.ok((stats.rssBytes ?? 0) > 1e6);
  assert.ok((stats.blockedForMs ?? 0) > 0);

  for (const path of [
    '/debug/nops/pools',
    '/debug/nops/tunables',
    '/debug/pprof/profile?seconds=1',
    '/debug/pprof/heap?seconds=1',
  ]) {
    const answer = await target.ask(path);
    assert.equal(answer.status, 504, path);
    assert.match(answer.text, /in read on fd/, path);
  }
  execFileSync('sh', ['-c', `echo go > ${fifo}`]);
  await target.said('free');
  const after = (await target.ask('/debug/pprof/profile?seconds=1&hz=500')).body;
  assert.ok(after.length > 0);
});

test('a change that was given up while it was stuck is not made later', async t => {
  const fifo = makeFifo(t);
  const code = reader(
    fifo,
    `const { start, tunable } = await import(${JSON.stringify(agentEntry)}); let limit = 1;
tunable('app.limit', { get: () => limit, set: value => { limit = value; console.log('changed'); } });
setInterval(() => console.log('limit', limit), 50);`,
  );
  const target = await startTarget(t, code);
  await target.said('stuck');
  const answer = await target.ask('/debug/nops/tunables', {
    body: JSON.stringify({ changes: [{ name: 'app.limit', value: 2 }] }),
  });
  assert.equal(answer.status, 504);
  execFileSync('sh', ['-c', `echo go > ${fifo}`]);
  await target.said('free');
  const list = (await target.ask('/debug/nops/tunables')).json()['tunables'] as unknown as {
    name: string;
    value: number;
  }[];
  assert.equal(list.find(entry => entry.name === 'app.limit')?.value, 1);
  assert.doesNotMatch(target.output().stdout, /changed/);
});
