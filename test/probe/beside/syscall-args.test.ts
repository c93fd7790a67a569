import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { readActivity, readThreads, type ThreadInfo } from '@nops/probe/beside/threads';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { needsPython, start, startNode, until } from './processes.js';

async function mainIn(pid: number, call: RegExp): Promise<string[]> {
  return until(() => {
    const main = readThreads(pid).find(({ tid }) => tid === pid);
    return main?.state === 'sleeping' && call.test(main.syscall?.name ?? '') ? main.syscall?.args : undefined;
  }, `it waits in ${call}`);
}

const address = /^0x[0-9a-f]+$/;

/** A child that ends with its parent. */
const child =
  'import os, subprocess, sys; c = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);';

/** A call that python makes as it is written, and its arguments as we read them; a function for one that is no fixed text. */
const cases: [title: string, code: string, call: RegExp, args: (string | RegExp)[]][] = [
  [
    'epoll with a timeout',
    'import select; select.epoll().poll(900)',
    /^epoll_p?wait/,
    [/^\d+$/, address, /^\d+$/, '15 m 0 s'],
  ],
  ['epoll without', 'import select; select.epoll().poll()', /^epoll_p?wait/, [/^\d+$/, address, /^\d+$/, 'no timeout']],
  [
    'poll of two descriptors',
    'import os, select; r, w = os.pipe(); p = select.poll(); p.register(r, select.POLLIN); p.register(0, select.POLLIN | select.POLLPRI); os.dup2(r, 0); p.poll(500000)',
    /^p?poll$/,
    [/^\[(?:0 POLLIN\|POLLPRI, \d+ POLLIN|\d+ POLLIN, 0 POLLIN\|POLLPRI)\]$/, '2', '8 m 20 s'],
  ],
  ['a child', `${child} os.waitpid(c.pid, 0)`, /^wait4$/, [/^\d+$/, /^0x|NULL/, '0', 'NULL']],
  ['any child', `${child} os.wait()`, /^wait4$/, ['-1', /^0x|NULL/, '0', 'NULL']],
  [
    'a sleep',
    'import time; time.sleep(1000)',
    /^clock_nanosleep$/,
    ['CLOCK_MONOTONIC', '1', /^1[56] m \d+ s left$/, /^(?:0x.*|NULL)$/],
  ],
  [
    'flags of a receive',
    'import socket; a, b = socket.socketpair(); a.recv(7, socket.MSG_PEEK | socket.MSG_WAITALL)',
    /^recvfrom$/,
    [/^\d+$/, address, '7', 'MSG_PEEK|MSG_WAITALL', 'NULL', 'NULL'],
  ],
];

for (const [title, code, call, expected] of cases) {
  test(`arguments, read from the kernel and the memory: ${title}`, { skip: needsPython }, async t => {
    const { pid } = start(t, 'python3', ['-c', code]);
    const args = await mainIn(pid, call);
    expected.forEach((wanted, index) => {
      const seen = args[index] ?? '';
      if (typeof wanted === 'string') assert.equal(seen, wanted, args.join(', '));
      else assert.match(seen, wanted, args.join(', '));
    });
  });
}

test('Atomics.wait: a futex, with what is left of its timeout or none', async t => {
  const wait = (more: string) => `ready(); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0${more});`;
  const forever = await mainIn((await startNode(t, wait(''))).pid, /^futex$/);
  assert.match(forever[0] ?? '', address);
  assert.match(forever[1] ?? '', /^FUTEX_WAIT(?:_BITSET)?_PRIVATE/);
  assert.equal(forever[3], 'no timeout');
  const bounded = await mainIn((await startNode(t, wait(', 1e6'))).pid, /^futex$/);
  assert.match(bounded[3] ?? '', /^16 m \d+ s(?: left)?$/);
});

test('a FIFO that nobody opened for writing: the path it waits to open, and how', async t => {
  const fifo = join(temporaryFolder(t), 'no "writer"');
  execFileSync('mkfifo', [fifo]);
  const { pid } = await startNode(t, `ready(); fs.openSync(${JSON.stringify(fifo)}, 'r');`);
  const args = await mainIn(pid, /^openat$/);
  assert.deepEqual(args.slice(0, 3), ['AT_FDCWD', JSON.stringify(fifo), 'O_RDONLY|O_CLOEXEC']);
  // What only lists the processes reads nobody's memory.
  assert.match(readActivity(pid, pid).syscall?.args[1] ?? '', address);
});

test('a lock that another process holds', { skip: needsPython }, async t => {
  const file = join(temporaryFolder(t), 'lock');
  const code = (say: string) => `import fcntl; f = open(${JSON.stringify(file)}, "w"); ${say}`;
  const holder = start(
    t,
    'python3',
    ['-c', code('fcntl.flock(f, fcntl.LOCK_EX); print("held", flush=True); input()')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  await until(() => holder.lines.includes('held'), 'the lock is held');
  const { pid } = start(t, 'python3', ['-c', code('fcntl.flock(f, fcntl.LOCK_EX)')]);
  const seen = await until(() => {
    const main = readThreads(pid)[0] as ThreadInfo;
    return main.syscall?.name === 'flock' ? main.syscall : undefined;
  }, 'it waits for the lock');
  assert.equal(seen.args[1], 'LOCK_EX');
  assert.deepEqual(seen.target, { kind: 'file', path: file });
});
