/**
 * The user of a process who may not look into it with ptrace's rights: Yama's ptrace_scope 1 on most distributions. Here a new user
 * namespace takes them away, whatever this machine's Yama says (ptrace(2), "Ptrace access mode checking"); the socket stays within
 * reach, since its owner is the same kernel user.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, type TestContext, test } from 'node:test';
import type { ListResult, StackResult, StatsResult } from '@nops/core/protocol/results';
import { type Ended, run } from '../cli/helpers.js';
import { makeFifo, stuckReader } from '../support/fifo.js';
import { needsRoot, nobody, readableCopy } from '../support/readable-copy.js';
import { startTarget, type Target } from '../support/target.js';

const user = { uid: nobody, gid: nobody };

function whySkipped(): string | false {
  if (needsRoot !== false) return needsRoot;
  const tried = spawnSync('unshare', ['--user', 'true'], { ...user, cwd: '/', encoding: 'utf8' });
  if (tried.status === 0) return false;
  return `no user namespaces for uid ${nobody} here: ${tried.error?.message ?? tried.stderr.trim()}`;
}

const skip = whySkipped();
const copy = readableCopy({ after });

/** The same user in a namespace of its own. */
function apart(program: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return run('unshare', ['--user', program, ...args], env, user);
}

async function startStuck(t: TestContext): Promise<{ target: Target; fifo: string; fd: number }> {
  const fifo = makeFifo(t, nobody);
  const target = await startTarget(t, stuckReader(fifo), {
    uid: nobody,
    node: copy.node,
    execArgv: ['--import', copy.agentRegister],
  });
  return { target, fifo, fd: Number(await target.said('stuck')) };
}

test('stuck in read(2), without ptrace’s rights: the agent tells the system call, its fd and path', {
  skip,
}, async t => {
  const { target, fifo, fd } = await startStuck(t);
  const look = `const fs = require('fs');
    for (const [name, read] of [['task/${target.pid}/syscall', 'readFileSync'], ['fd/0', 'readlinkSync'], ['exe', 'readlinkSync']]) {
      try { fs[read]('/proc/${target.pid}/' + name); console.log(name, 'read'); } catch (error) { console.log(name, error.code); } }`;
  const denied = await apart(copy.node, ['-e', look]);
  assert.match(
    denied.stdout,
    /^task\/\d+\/syscall (EPERM|EACCES)\nfd\/0 (EPERM|EACCES)\nexe (EPERM|EACCES)\n$/,
    denied.stderr,
  );

  // With the folder given as NOPS_DIR, and found by the kernel's table of sockets.
  for (const folder of [target.folder, '']) {
    const ended = await apart(copy.node, [copy.nops, 'stack', String(target.pid), '--json'], { NOPS_DIR: folder });
    assert.deepEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: '' });
    const { schema, pid, way, threads } = JSON.parse(ended.stdout) as StackResult;
    assert.deepEqual({ schema, pid, way }, { schema: 'nops.stack/1', pid: target.pid, way: 'agent' });
    const main = threads.find(thread => thread.role === 'main');
    assert.deepEqual(
      { name: main?.syscall?.name, fd: main?.syscall?.fd, target: main?.syscall?.target },
      { name: 'read', fd, target: { kind: 'fifo', path: fifo } },
    );
  }
  const text = (await apart(copy.node, [copy.nops, 'stack', String(target.pid)], { NOPS_DIR: target.folder })).stdout;
  assert.match(text, new RegExp(`^main thread ${target.pid} .*: read fd ${fd} ${fifo} \\[exact\\]$`, 'm'));
  assert.match(text, /readSync .*\n .*app\.mjs:4:\d+$/m, 'its worker reads /proc/self/mem, which nobody can refuse');
});

test('without ptrace’s rights: the other commands too, and the list says what it could not see', { skip }, async t => {
  const { target, fifo } = await startStuck(t);
  const nops = (...args: string[]) => apart(copy.node, [copy.nops, ...args], { NOPS_DIR: target.folder });
  const pid = String(target.pid);
  const stats = await nops('stats', pid, '-s', '2', '--json');
  assert.equal(stats.code, 0, stats.stderr);
  const { way, blockedForMs, main } = JSON.parse(stats.stdout) as StatsResult;
  assert.equal(way, 'agent');
  assert.ok((blockedForMs ?? 0) > 0);
  assert.equal(main.syscall?.target?.path, fifo);
  for (const command of ['fds', 'sockets', 'info']) {
    const ended = await nops(command, pid, '--json');
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(JSON.parse(ended.stdout).way, 'agent', command);
  }
  const { processes, skipped } = JSON.parse((await nops('list', '--json')).stdout) as ListResult;
  const seen = processes.some(p => p.pid === target.pid) || skipped.some(s => s.pids.includes(target.pid));
  assert.ok(seen, 'the target is listed or told as skipped');
});

test('without ptrace’s rights and without an agent: refused, with what grants them', { skip }, async t => {
  const target = await startTarget(t, 'setInterval(() => {}, 1000);', {
    uid: nobody,
    node: copy.node,
    execArgv: [],
    noSocket: true,
  });
  const ended = await apart(copy.node, [copy.nops, 'stack', String(target.pid)]);
  assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code: 4, stdout: '' });
  assert.match(ended.stderr, /next: /);
  assert.doesNotMatch(ended.stderr, /^\s+at /m);
});
