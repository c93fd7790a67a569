/** The text of fixed results. A change of a golden text here is a change that users see. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StackThread, StatsResult } from '@nops/core/protocol/results';
import { Args } from 'nops/dist/command-line/args.js';
import { printSafely } from 'nops/dist/command-line/print.js';
import { fds } from 'nops/dist/commands/fds.js';
import { info } from 'nops/dist/commands/info.js';
import { list } from 'nops/dist/commands/list.js';
import { stack } from 'nops/dist/commands/stack.js';
import { stats } from 'nops/dist/commands/stats.js';
import { createColors } from 'nops/dist/output/color.js';

const plain = { colors: createColors(false), width: undefined };
const noArgs = new Args(new Map(), []);
const withAll = new Args(new Map([['all', true]]), []);
const beside = { pid: 42, way: 'beside' as const, notes: [] };
const agent = { pid: 42, way: 'agent' as const, notes: [] };

test('list: processes, and what was skipped', () => {
  const process = { ppid: 1, script: null, packageName: null, uid: 1000, user: 'bob', ageSeconds: 3725 };
  const text = printSafely(
    list,
    {
      schema: 'nops.list/1',
      processes: [
        {
          ...process,
          pid: 42,
          name: 'api',
          node: '22.1.0',
          agent: true,
          main: { state: 'sleeping', syscall: { name: 'epoll_wait', args: [] } },
          cpuPercent: 3.7,
          rssBytes: 84_500_000,
        },
        {
          ...process,
          pid: 4242,
          name: 'evil\x1b[2J\n',
          node: null,
          agent: false,
          main: {
            state: 'sleeping',
            syscall: { name: 'read', args: ['0x11'], fd: 17, target: { kind: 'fifo', path: '/tmp/fifo' } },
          },
          cpuPercent: null,
          rssBytes: null,
          user: null,
        },
      ],
      skipped: [{ pids: [7, 8], reason: 'they belong to root' }],
    },
    plain,
    noArgs,
  );
  assert.equal(
    text,
    String.raw`
 PID  PPID  NAME             NODE    AGENT  STATE                 CPU      RSS  USER      AGE
  42     1  api              22.1.0  yes    idle (epoll_wait)     4 %  84.5 MB  bob   1 h 2 m
4242     1  evil\x1b[2J\x0a  ?       -      read fd 17 /tmp/fifo    ?        ?  1000  1 h 2 m
skipped 2 processes (7 8): they belong to root
`.slice(1),
  );
});

test('list: a hint when there is nothing', () => {
  const text = printSafely(list, { schema: 'nops.list/1', processes: [], skipped: [] }, plain, noArgs);
  assert.equal(text, "No Node.js process found. Try one: node -e 'setInterval(() => {}, 1000)' &\n");
});

test('tables give way on a narrow terminal, flexible columns first', () => {
  const result = {
    schema: 'nops.fds/1' as const,
    ...beside,
    open: 1,
    limit: { soft: null, hard: null },
    kinds: [{ kind: 'file' as const, count: 1 }],
    fds: [{ fd: 3, target: { kind: 'file' as const, path: `/${'x'.repeat(100)}` } }],
  };
  const line = printSafely(fds, result, { ...plain, width: 40 }, withAll).split('\n')[3] ?? '';
  assert.equal(line, ` 3  file  /${'x'.repeat(28)}…`);
});

/** Of an agent that tells no more than this. */
const nothingElse = {
  ppid: null,
  uid: null,
  user: null,
  service: null,
  elapsedSeconds: null,
  usage: null,
  connections: null,
  cgroup: null,
  flags: null,
  pulse: null,
  stats: null,
  profiling: null,
  reach: [],
};

test('info: how to reach the agent, or how to get one', () => {
  const result = {
    schema: 'nops.info/1' as const,
    name: 'api',
    node: '22.1.0',
    v8: '12.4.254.14-node.12',
    command: ['node', 'app.js', "it's"],
    cwd: '/srv/api',
    startedAt: '2026-11-22T13:00:00.000Z',
    ...nothingElse,
  };
  const reach = { agent: '0.1.0', socketPath: '/run/s.sock', url: 'http://x:T@127.0.0.1:6060/debug/pprof/' };
  assert.equal(
    printSafely(info, { ...result, ...agent, ...reach }, plain, noArgs),
    String.raw`
pid      42
name     api
node     22.1.0 (V8 12.4.254.14-node.12)
command  node app.js 'it'\''s'
folder   /srv/api
started  2026-11-22T13:00:00.000Z
agent    0.1.0
socket   /run/s.sock
pprof    http://x:T@127.0.0.1:6060/debug/pprof/

pid 42, answered by the agent in the process
`.slice(1),
  );
  const without = printSafely(info, { ...result, ...beside, agent: null, socketPath: null, url: null }, plain, noArgs);
  assert.match(
    without,
    /^agent {4}none; load one: nops attach <pid>, or start the process with: node --import @nops\/agent\/register app\.js$/m,
  );
  assert.doesNotMatch(without, /^pprof/m);
});

const fullStats: StatsResult = {
  schema: 'nops.stats/1',
  ...agent,
  seconds: 1,
  requests: { in: { inFlight: 12, finishedPerSec: 230.14 }, out: { inFlight: 3, finishedPerSec: 0 } },
  activeHandles: 5,
  activeRequests: 1,
  loop: { delayP50Ms: 1.2, delayP99Ms: 20, delayMaxMs: 41.5, utilization: 0.45 },
  gc: { count: 3, pauseMs: 12, maxPauseMs: 5 },
  heap: {
    usedBytes: 45e6,
    totalBytes: 60e6,
    limitBytes: 4.3e9,
    externalBytes: 2e6,
    arrayBuffersBytes: 1e6,
    usedBytesPerSec: -1.2e6,
  },
  rssBytes: 84.5e6,
  cpuPercent: 47.25,
  threads: 11,
  fds: { open: 23, limit: 1024, growthPerSec: 0.2 },
  blockedForMs: null,
  main: { state: 'running' },
};

test('stats: everything an agent knows', () => {
  assert.equal(
    printSafely(stats, fullStats, plain, noArgs),
    `
main thread   running
requests in   12 in flight, 230.1/s finished
requests out  3 in flight, 0/s finished
event loop    delay p50 1.2 ms, p99 20 ms, max 41.5 ms; busy 45.0 %
handles       5 active, 1 requests to the system
GC            3 collections, 12 ms paused, longest 5 ms
heap          45 MB used of 60 MB, limit 4.3 GB, -1.2 MB/s
external      2 MB, of which array buffers 1 MB
RSS           84.5 MB
CPU           47.3 % of one core
threads       11
fds           23 open of 1024, +0.2/s
measured      1 s

pid 42, answered by the agent in the process
`.slice(1),
  );
});

test('stats: a stuck process, from beside', () => {
  const text = printSafely(
    stats,
    {
      ...fullStats,
      ...beside,
      notes: ['No agent.'],
      requests: null,
      activeHandles: null,
      activeRequests: null,
      loop: null,
      gc: null,
      heap: null,
      blockedForMs: 5000,
      main: { state: 'sleeping', syscall: { name: 'read', args: [], fd: 17, target: { kind: 'fifo', path: '/f' } } },
    },
    plain,
    noArgs,
  );
  assert.equal(
    text,
    `
main thread  blocked for at least 5 s: read fd 17 /f
RSS          84.5 MB
CPU          47.3 % of one core
threads      11
fds          23 open of 1024, +0.2/s
measured     1 s

pid 42, read beside the process, from /proc
note: No agent.
`.slice(1),
  );
});

test('stack: the main thread in full, the others condensed', () => {
  const thread = { accuracy: 'none' as const, frames: [], state: 'sleeping' as const };
  const futex = { name: 'futex', args: ['0x1'] };
  const threads: StackThread[] = [
    { ...thread, tid: 43, name: 'V8Worker', role: 'v8', syscall: futex },
    { ...thread, tid: 44, name: 'V8Worker', role: 'v8', syscall: futex },
    { ...thread, tid: 45, name: 'libuv-worker', role: 'libuv', state: 'running' },
    {
      ...thread,
      tid: 42,
      name: 'node',
      role: 'main',
      state: 'running',
      accuracy: 'exact',
      frames: [
        { function: 'inner', url: '/srv/a.js', line: 3, column: 7, kind: 'js', inlined: true },
        { function: '', class: 'Store', url: '/srv/a.js', line: 9, column: 1, kind: 'js', inlined: false },
      ],
    },
  ];
  const pending = { handles: [{ type: 'TCPSocketWrap', count: 3 }], requests: [] };
  const text = printSafely(
    stack,
    { schema: 'nops.stack/1', ...agent, node: '22.1.0', v8: null, pausedMicros: 310, threads, pending },
    plain,
    noArgs,
  );
  assert.equal(
    text,
    `
main thread 42 node: running [exact]
    inner  /srv/a.js:3:7  (inlined)
    Store.(anonymous)  /srv/a.js:9:1

other threads
    v8     futex × 2  (43 44)
    libuv  running  (45)

pending
    handles   TCPSocketWrap × 3
    requests  none

main thread paused for 310 µs to read its stack

pid 42, answered by the agent in the process
`.slice(1),
  );
});

test('stack: a main thread in a system call', () => {
  const target = { kind: 'fifo' as const, path: '/tmp/f' };
  const main: StackThread = {
    tid: 42,
    name: 'node',
    role: 'main',
    state: 'sleeping',
    accuracy: 'none',
    frames: [],
    syscall: { name: 'read', args: ['0x11', '0x7f00', '0x1'], fd: 17, target },
  };
  const text = printSafely(
    stack,
    { schema: 'nops.stack/1', ...beside, node: null, v8: null, pausedMicros: 0, threads: [main], pending: null },
    plain,
    noArgs,
  );
  assert.equal(
    text,
    `
main thread 42 node: read fd 17 /tmp/f
    read(0x11, 0x7f00, 0x1)
    JavaScript frames not known

pid 42, read beside the process, from /proc
`.slice(1),
  );
});
