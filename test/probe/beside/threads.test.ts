import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { readStat } from '@nops/probe/beside/procfs';
import { canSeeSyscalls, readActivity, readThreads } from '@nops/probe/beside/threads';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { start, startNode, until } from './processes.js';

test('a process stuck in readSync on a FIFO: which call, which descriptor, which path', async t => {
  const fifo = join(temporaryFolder(t), 'queue');
  execFileSync('mkfifo', [fifo]);
  const { pid } = await startNode(
    t,
    `const fd = fs.openSync(${JSON.stringify(fifo)}, 'r+'); ready(); fs.readSync(fd, Buffer.alloc(16));`,
  );
  const activity = await until(() => {
    const seen = readActivity(pid, pid);
    return seen.syscall?.name === 'read' ? seen : undefined;
  }, 'it reads');
  assert.equal(activity.state, 'sleeping');
  assert.deepEqual(activity.syscall?.target, { kind: 'fifo', path: fifo });
  assert.equal(activity.syscall?.args.length, 3);
  assert.equal(Number(activity.syscall?.args[0]), activity.syscall?.fd);
  assert.equal(Number(activity.syscall?.args[2]), 16);
});

test('an idle process waits in epoll on an eventpoll descriptor', async t => {
  const { pid } = await startNode(t, 'stay(); ready();');
  const { syscall } = await until(() => {
    const seen = readActivity(pid, pid);
    return seen.syscall?.name.startsWith('epoll_') ? seen : undefined;
  }, 'it is idle');
  assert.equal(syscall?.target?.kind, 'eventpoll');
  assert.equal(canSeeSyscalls(pid), true);
});

test('a process that computes is running, in no call', async t => {
  const { pid } = await startNode(t, 'ready(); for (;;);');
  const seen = await until(() => {
    const activity = readActivity(pid, pid);
    return activity.state === 'running' && activity.syscall === undefined ? activity : undefined;
  }, 'it computes');
  assert.deepEqual(seen, { state: 'running' });
});

test('a stopped process and a zombie', async t => {
  const target = await startNode(t, 'stay(); ready();');
  process.kill(target.pid, 'SIGSTOP');
  await until(() => readActivity(target.pid, target.pid).state === 'stopped', 'it stopped');
  // The child of a program that never waits for it.
  const parent = start(t, 'sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000']);
  const zombie = Number(await until(() => parent.lines[0], 'the shell printed a pid'));
  await until(() => readStat(parent.pid).comm === 'sleep', 'the shell became sleep');
  process.kill(zombie, 'SIGKILL');
  await until(() => readActivity(zombie, zombie).state === 'zombie', 'it is a zombie');
});

test('threads by role: main, V8, libuv, Workers idle and blocked', async t => {
  const { pid } = await startNode(
    t,
    `process.title = 'a) (b';
     fs.readFile('/etc/passwd', () => {});
     new threads.Worker('setInterval(() => {}, 1000)', { eval: true });
     const blocked = new threads.Worker('require("worker_threads").parentPort.postMessage(1); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', { eval: true });
     blocked.once('message', ready); stay();`,
  );
  const roles = await until(() => {
    const all = readThreads(pid);
    const workers = all.filter(thread => thread.role === 'worker');
    return workers.length === 2 && workers.some(thread => thread.syscall?.name === 'futex') ? all : undefined;
  }, 'both Workers wait');
  assert.equal(roles[0]?.role, 'main');
  assert.equal(roles[0]?.tid, pid);
  assert.equal(roles[0]?.name, 'a) (b');
  const count = (role: string): number => roles.filter(thread => thread.role === role).length;
  assert.equal(count('main'), 1);
  assert.equal(count('libuv'), 4);
  assert.ok(count('v8') >= 2, 'V8’s pool and its thread for delayed tasks');
  assert.ok(count('other') <= 1, 'only the thread that waits for SIGUSR1 has no role of its own');
});

test('a pool thread in a blocking call shows what it waits for', async t => {
  const fifo = join(temporaryFolder(t), 'slow');
  execFileSync('mkfifo', [fifo]);
  const { pid } = await startNode(
    t,
    `const fd = fs.openSync(${JSON.stringify(fifo)}, 'r+'); fs.read(fd, Buffer.alloc(9), () => {}); ready(); stay();`,
  );
  const thread = await until(
    () => readThreads(pid).find(({ syscall }) => syscall?.target?.kind === 'fifo'),
    'a thread reads the FIFO',
  );
  assert.equal(thread.role, 'libuv');
  assert.equal(thread.syscall?.target?.path, fifo);
});

test('a Worker sees the main thread of its own process', async t => {
  const code = `import(process.argv[2]).then(({ readActivity }) => {
    require('worker_threads').parentPort.postMessage(readActivity(process.pid, process.pid)); });`;
  const worker = new Worker(code, { eval: true, argv: [import.meta.resolve('@nops/probe/beside/threads')] });
  t.after(() => worker.terminate());
  const activity = await new Promise<{ state: string; syscall?: { name: string } }>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  assert.notEqual(activity.state, 'unknown');
});

test('no such process', () => {
  for (const read of [() => readThreads(0x7fffffff), () => readActivity(0x7fffffff, 0x7fffffff)]) {
    assert.throws(read, { name: 'NopsError', code: 'no-target' });
  }
  assert.equal(canSeeSyscalls(0x7fffffff), false);
});
