/** The text of fixed results: what a process has open, and what an agent changes and measures. Goldens as in format.test.ts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from '@nops/core/protocol/results';
import { Args } from 'nops/dist/command-line/args.js';
import { printSafely } from 'nops/dist/command-line/print.js';
import { cpu } from 'nops/dist/commands/cpu.js';
import { fds } from 'nops/dist/commands/fds.js';
import { pools } from 'nops/dist/commands/pools.js';
import { set } from 'nops/dist/commands/set.js';
import { sockets } from 'nops/dist/commands/sockets.js';
import { createColors } from 'nops/dist/output/color.js';

const plain = { colors: createColors(false), width: undefined };
const noArgs = new Args(new Map(), []);
const withAll = new Args(new Map([['all', true]]), []);
const beside = { pid: 42, way: 'beside' as const, notes: [] };
const agent = { pid: 42, way: 'agent' as const, notes: [] };

test('sockets: by peer, listeners, TIME_WAIT and unix, or each', () => {
  const socket = { kind: 'tcp' as const, inode: 99, recvQ: 517, sendQ: 0 };
  const result = {
    schema: 'nops.sockets/1' as const,
    ...beside,
    sockets: [{ ...socket, fd: 20, state: 'ESTABLISHED', local: '127.0.0.1:5000', peer: '10.0.0.1:443' }],
    listeners: [{ local: '[::]:3000', acceptQueue: 2 }],
    peers: [
      {
        peer: '10.0.0.1:443',
        direction: 'out' as const,
        state: 'ESTABLISHED' as const,
        count: 12,
        recvQ: 517,
        sendQ: 0,
      },
    ],
    timeWait: [{ peer: '10.0.0.1:443', direction: 'out' as const, count: 1800 }],
    unix: [{ path: '', state: 'CONNECTED', count: 2 }],
  };
  assert.equal(
    printSafely(sockets, result, plain, noArgs),
    `
PEER          DIR  STATE        COUNT  RECV-Q  SEND-Q
10.0.0.1:443  out  ESTABLISHED     12     517       0

LISTENS ON  ACCEPT-QUEUE
[::]:3000              2

TIME_WAIT WITH  DIR  COUNT
10.0.0.1:443    out   1800

UNIX SOCKET  STATE      COUNT
(unnamed)    CONNECTED      2

pid 42, read beside the process, from /proc
`.slice(1),
  );
  assert.equal(
    printSafely(sockets, result, plain, withAll),
    `
FD  KIND  STATE        LOCAL           PEER          RECV-Q  SEND-Q  INODE
20  tcp   ESTABLISHED  127.0.0.1:5000  10.0.0.1:443     517       0     99

pid 42, read beside the process, from /proc
`.slice(1),
  );
});

test('fds: by kind against the limit, or each', () => {
  const result = {
    schema: 'nops.fds/1' as const,
    ...beside,
    open: 23,
    limit: { soft: 1024, hard: 4096 },
    kinds: [
      { kind: 'tcp' as const, count: 20 },
      { kind: 'file' as const, count: 3 },
    ],
    fds: [
      {
        fd: 17,
        target: {
          kind: 'tcp' as const,
          path: 'socket:[9]',
          local: '127.0.0.1:5000',
          peer: '10.0.0.1:443',
          tcpState: 'ESTABLISHED' as const,
        },
      },
      { fd: 3, target: { kind: 'file' as const, path: '/a b' } },
    ],
  };
  const use = '23 open of 1024 (2.2 %), hard limit 4096\n\n';
  const footer = '\npid 42, read beside the process, from /proc\n';
  assert.equal(
    printSafely(fds, result, plain, noArgs),
    `${use}KIND  COUNT
tcp      20
file      3
${footer}`,
  );
  assert.equal(
    printSafely(fds, result, plain, withAll),
    `${use}FD  KIND  TARGET
17  tcp   tcp 127.0.0.1:5000 → 10.0.0.1:443 ESTABLISHED
 3  file  /a b
${footer}`,
  );
});

test('pools: a row for each peer, and how to change a setting', () => {
  const peer = { inUse: 1, free: 0, queued: 40, openedPerSec: 200.51, requestsPerSec: 224, reuse: 0.105 };
  const pool: Pool = {
    name: 'https-1',
    kind: 'https',
    peers: [
      { ...peer, peer: 'cdn:443' },
      { ...peer, peer: 'b:443', reuse: null },
    ],
    settings: { keepAlive: true, maxSockets: null, maxFreeSockets: 1, timeout: null },
  };
  const none = { keepAlive: null, maxSockets: null, maxFreeSockets: null, timeout: 4000 };
  assert.equal(
    printSafely(
      pools,
      {
        schema: 'nops.pools/1',
        ...agent,
        seconds: 1,
        pools: [pool, { name: 'fetch', kind: 'fetch', peers: [], settings: none }],
      },
      plain,
      noArgs,
    ),
    `
POOL     PEER     IN USE  FREE  QUEUED  OPENED/S  REQ/S   REUSE  SETTINGS
https-1  cdn:443       1     0      40     200.5    224  10.5 %  keepAlive=true maxSockets=unlimited maxFreeSockets=1 timeout=none
         b:443         1     0      40     200.5    224       -
fetch    -                                                       timeout=4000

nops set 42   lists the settings that can be changed

pid 42, answered by the agent in the process
`.slice(1),
  );
});

test('set: each change with its old and new value, or what can be changed', () => {
  const change = { name: 'https-1.maxFreeSockets', old: 1, new: 256 };
  const footer = '\npid 42, answered by the agent in the process\n';
  assert.equal(
    printSafely(set, { schema: 'nops.set/1', ...agent, changes: [change] }, plain, noArgs),
    `https-1.maxFreeSockets: 1 → 256\n${footer}`,
  );
  const tunables = [{ name: 'https-1.maxSockets', value: null, description: 'most connections per peer' }];
  const log = [{ ...change, at: '2026-11-22T13:00:00.000Z' }];
  assert.equal(
    printSafely(set, { schema: 'nops.tunables/1', ...agent, tunables, log }, plain, noArgs),
    `NAME                VALUE  DESCRIPTION
https-1.maxSockets   null  most connections per peer

Changed so far
2026-11-22T13:00:00.000Z  https-1.maxFreeSockets: 1 → 256
${footer}`,
  );
});

test('cpu: in the order of pprof’s top', () => {
  const top = [
    { function: 'hash', file: '/srv/a.js', line: 3, flat: 3e9, flatPercent: 75, cum: 3.5e9, cumPercent: 87.5 },
    { function: '', file: '', line: 0, flat: 1e9, flatPercent: 25, cum: 1e9, cumPercent: 25 },
  ];
  const result = {
    schema: 'nops.cpu/1' as const,
    ...agent,
    file: 'c.pb.gz',
    seconds: 5,
    samples: 400,
    totalNanos: 4e9,
    top,
  };
  assert.equal(
    printSafely(cpu, result, plain, noArgs),
    `
FLAT  FLAT%    SUM%    CUM   CUM%  FUNCTION     FILE
 3 s  75.0%   75.0%  3.5 s  87.5%  hash         /srv/a.js:3
 1 s  25.0%  100.0%    1 s  25.0%  (anonymous)

4 s in 400 samples over 5 s
written to c.pb.gz

pid 42, answered by the agent in the process
`.slice(1),
  );
});
