import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEndpoint, formatHost, portOf } from '@nops/probe/beside/addresses';
import { parseCommand, parseCommandLine } from '@nops/probe/beside/command-line';
import { kindOfLink } from '@nops/probe/beside/fd-kinds';
import { parseFdLimit } from '@nops/probe/beside/fds';
import { parseService } from '@nops/probe/beside/identity';
import { scriptName } from '@nops/probe/beside/script-name';
import { slowMountIds } from '@nops/probe/beside/slow-mounts';
import { parseInetTable, parseUnixTable, tcpStateName } from '@nops/probe/beside/socket-tables';
import { parseStat, parseStatus } from '@nops/probe/beside/stat';
import { parseSyscallLine } from '@nops/probe/beside/syscall-line';
import { syscallSignature } from '@nops/probe/beside/syscalls';
import { threadRoles } from '@nops/probe/beside/thread-roles';
import { parsePasswd } from '@nops/probe/beside/users';

test('a stat line is read from its last parenthesis', () => {
  const stat = parseStat(
    '7023 (a) (b) S 7020 7020 3815 0 -1 4194304 9012 0 41 0 88 13 0 0 20 0 11 0 424242 1085911040 11873 18446744073709551615 1 1\n',
  );
  assert.deepEqual(stat, {
    comm: 'a) (b',
    state: 'S',
    ppid: 7020,
    kernelThread: false,
    utimeTicks: 88,
    stimeTicks: 13,
    threads: 11,
    startTime: '424242',
    rssPages: 11873,
  });
  const kernel = '2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 0 0 0 18446744073709551615 0 0\n';
  assert.equal(parseStat(kernel).kernelThread, true);
});

test('status: users, pids by namespace, blocked signals, memory', () => {
  const text =
    'Name:\ta) (b\\nUid:\t7\nPid:\t4711\nUid:\t1000\t1001\t1001\t1001\nNSpid:\t4711\t1\nVmRSS:\t   47492 kB\nSigBlk:\tfffffffe7ffbfeff\n';
  assert.deepEqual(parseStatus(text), {
    uid: { real: 1000, effective: 1001, saved: 1001, fileSystem: 1001 },
    nsPid: [4711, 1],
    blocked: 0xfffffffe7ffbfeffn,
    rssBytes: 47492 * 1024,
  });
  assert.deepEqual(parseStatus('Name:\tkthreadd\nPid:\t2\nUid:\t0\t0\t0\t0\n').nsPid, [2]);
  assert.equal(parseStatus('Pid:\t2\n').rssBytes, null);
});

test('system calls of x86-64', () => {
  const known: [number, string, number, boolean][] = [
    [0, 'read', 3, true],
    [1, 'write', 3, true],
    [9, 'mmap', 6, false],
    [42, 'connect', 3, true],
    [45, 'recvfrom', 6, true],
    [47, 'recvmsg', 3, true],
    [61, 'wait4', 4, false],
    [202, 'futex', 6, false],
    [230, 'clock_nanosleep', 4, false],
    [232, 'epoll_wait', 4, true],
    [257, 'openat', 4, true],
    [271, 'ppoll', 5, false],
    [281, 'epoll_pwait', 6, true],
    [288, 'accept4', 4, true],
    [302, 'prlimit64', 4, false],
    [332, 'statx', 5, true],
    [425, 'io_uring_setup', 2, false],
    [426, 'io_uring_enter', 6, true],
    [435, 'clone3', 2, false],
    [449, 'futex_waitv', 5, false],
    [462, 'mseal', 3, false],
  ];
  for (const [number, name, argCount, fdFirst] of known) {
    assert.deepEqual(syscallSignature(number), { name, argCount, ...(fdFirst ? { fdFirst } : {}) });
  }
  assert.equal(syscallSignature(400), undefined);
  for (let number = 0; number <= 334; number++) assert.ok(syscallSignature(number) !== undefined, `${number}`);
  for (let number = 424; number <= 462; number++) assert.ok(syscallSignature(number) !== undefined, `${number}`);
});

test('a syscall line', () => {
  const epoll = '281 0xe 0x7ffc2932b0a0 0x400 0x3e8 0x0 0x8 0x7ffc2932b060 0x7f92e7b1c0d6\n';
  assert.deepEqual(parseSyscallLine(epoll, 'x64'), {
    call: { name: 'epoll_pwait', args: ['0xe', '0x7ffc2932b0a0', '0x400', '0x3e8', '0x0', '0x8'], fd: 14 },
    stackPointer: '0x7ffc2932b060',
  });
  assert.deepEqual(parseSyscallLine('0 0x11 0x5 0x10 0x0 0x0 0x0 0x7 0x8\n', 'x64').call, {
    name: 'read',
    args: ['0x11', '0x5', '0x10'],
    fd: 17,
  });
  const atCwd = parseSyscallLine('257 0xffffff9c 0x5 0x10 0x0 0x0 0x0 0x7 0x8\n', 'x64').call;
  assert.deepEqual(atCwd, { name: 'openat', args: ['0xffffff9c', '0x5', '0x10', '0x0'] });
  assert.equal(parseSyscallLine('400 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n', 'x64').call?.name, 'syscall_400');
  assert.equal(parseSyscallLine('22 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n', 'arm64').call?.name, 'syscall_22');
  assert.deepEqual(parseSyscallLine('-1 0x7ffe1234 0x7f1a5678\n', 'x64'), { stackPointer: '0x7ffe1234' });
  assert.deepEqual(parseSyscallLine('running\n', 'x64'), {});
  assert.deepEqual(parseSyscallLine('', 'x64'), {});
});

test('addresses', () => {
  const cases = {
    '0100007F:1F90': '127.0.0.1:8080',
    '00000000:0016': '0.0.0.0:22',
    'FEFFA8C0:01BB': '192.168.255.254:443',
    '00000000000000000000000001000000:01BB': '[::1]:443',
    '00000000000000000000000000000000:1F90': '[::]:8080',
    '0000000000000000FFFF00000100007F:01BB': '127.0.0.1:443',
    'B80D0120010000000100010001000100:0050': '[2001:db8:0:1:1:1:1:1]:80',
    '000080FE000000000000000001000000:0001': '[fe80::1]:1',
  };
  for (const [hex, text] of Object.entries(cases)) assert.equal(formatEndpoint(hex), text);
  assert.equal(formatHost('0100007F:1F90'), '127.0.0.1');
  assert.equal(portOf('00000000000000000000000000000000:1F90'), 8080);
});

test('the TCP tables', () => {
  const rows =
    parseInetTable(`  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 22104 1 0000000000000000 100 0 0 10 0
  12: 0100007F:1F90 0100007F:A2B4 06 00000000:00000000 03:000017A2 00000000     0        0 0 3 0000000000000000
10013: 0100007F:A2B4 0100007F:1F90 01 0000000A:0001FFFF 01:00000014 00000000 1000000        5 4294967295 2 0000000000000000 20 4 30 10 -1
   1: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31 1 0000000000000000 100 0 0 10 0
`);
  assert.deepEqual(rows.slice(0, 3), [
    { local: '0100007F:1F90', remote: '00000000:0000', state: 10, txQueue: 0, rxQueue: 3, inode: 22104 },
    { local: '0100007F:1F90', remote: '0100007F:A2B4', state: 6, txQueue: 0, rxQueue: 0, inode: 0 },
    { local: '0100007F:A2B4', remote: '0100007F:1F90', state: 1, txQueue: 10, rxQueue: 0x1ffff, inode: 4294967295 },
  ]);
  assert.equal(rows.length, 4);
  assert.equal(rows[3]?.inode, 31);
  assert.equal(tcpStateName(10), 'LISTEN');
  assert.equal(tcpStateName(8), 'CLOSE_WAIT');
  assert.equal(tcpStateName(99), 'UNKNOWN');
  assert.deepEqual(parseInetTable('garbage\n\n:::\n'), []);
});

test('the unix table', () => {
  const rows = parseUnixTable(`Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 18240 /run/with space.sock
0000000000000000: 00000003 00000000 00000000 0001 03 18241
0000000000000000: 00000002 00000000 00000000 0002 01 7 @abstract
`);
  assert.deepEqual(rows, [
    { inode: 18240, path: '/run/with space.sock', listening: true, state: 'LISTEN' },
    { inode: 18241, path: '', listening: false, state: 'CONNECTED' },
    { inode: 7, path: '@abstract', listening: false, state: 'UNCONNECTED' },
  ]);
});

test('links, limits, mounts, users, services', () => {
  assert.equal(kindOfLink('anon_inode:[eventpoll]'), 'eventpoll');
  assert.equal(kindOfLink('anon_inode:inotify'), 'inotify');
  assert.equal(kindOfLink('anon_inode:[timerfd]'), 'anon');
  assert.equal(kindOfLink('pipe:[7]'), 'pipe');
  assert.equal(kindOfLink('/dev/null'), undefined);
  assert.equal(kindOfLink('net:[4026531840]'), 'unknown');
  assert.deepEqual(parseFdLimit('Max open files            1024                 524288               files     \n'), {
    soft: 1024,
    hard: 524288,
  });
  assert.deepEqual(parseFdLimit('Max open files            unlimited            unlimited            files     \n'), {
    soft: null,
    hard: null,
  });
  const mounts = '36 35 98:0 / / rw - ext4 /dev/vda rw\n40 36 0:33 / /data rw shared:1 master:2 - nfs4 host:/x rw\n';
  assert.deepEqual([...slowMountIds(mounts)], ['40']);
  assert.deepEqual([...parsePasswd('root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\nbroken\n')], [[0, 'root']]);
  assert.equal(parseService('0::/system.slice/checkout.service\n'), 'checkout');
  assert.equal(parseService('0::/system.slice/my\\x2dapp@1.service\n'), 'my-app@1');
  assert.equal(parseService('12:pids:/x\n1:name=systemd:/system.slice/a.service\n'), 'a');
  assert.equal(parseService('0::/user.slice/user-0.slice/user@0.service/init.scope\n'), null);
  assert.equal(parseService('0::/\n'), null);
});

test('command lines: node’s flags are not the script', () => {
  const scripts = [
    'node app.js',
    'node -r ./hook.js app.js',
    'node --require ./hook.js --import ./a.mjs app.js arg',
    'node --loader ts-node/esm -C development app.js',
    'node --env-file .env --env-file=.env2 --title web app.js',
    'node --max-old-space-size=4096 --enable-source-maps --inspect app.js',
    'node --inspect=0.0.0.0:9229 --inspect-port 0 app.js --require x',
    'node --trace_warnings -- app.js',
    'node --test app.js',
    'node --conditions=x app.js -e code',
  ];
  for (const line of scripts) assert.deepEqual(parseCommand(line.split(' ')), { kind: 'script', path: 'app.js' }, line);
  assert.deepEqual(parseCommand(['node', '-e', 'code', 'x.js']), { kind: 'eval' });
  assert.deepEqual(parseCommand(['node', '-pe', 'code']), { kind: 'eval' });
  assert.deepEqual(parseCommand(['node', '--eval=code']), { kind: 'eval' });
  assert.deepEqual(parseCommand(['node', '-r', 'x', '-p', 'code']), { kind: 'eval' });
  assert.deepEqual(parseCommand(['node', '--run', 'build']), { kind: 'run', script: 'build' });
  assert.deepEqual(parseCommand(['node', '--test']), { kind: 'test' });
  assert.deepEqual(parseCommand(['node', '-']), { kind: 'stdin' });
  assert.deepEqual(parseCommand(['node', '--expose-gc']), { kind: 'repl' });
  assert.deepEqual(parseCommand(['node']), { kind: 'repl' });
});

test('/proc/PID/cmdline: arguments, or a title that overwrote them', () => {
  assert.deepEqual(parseCommandLine('node\0app.js\0'), { argv: ['node', 'app.js'], title: null });
  assert.deepEqual(parseCommandLine('node\0app.js\0\0'), { argv: ['node', 'app.js', ''], title: null });
  assert.deepEqual(parseCommandLine('node\0'), { argv: ['node'], title: null });
  assert.deepEqual(parseCommandLine('web) (1\0\0\0\0\0\0'), { argv: ['web) (1'], title: 'web) (1' });
  assert.deepEqual(parseCommandLine('my very long title\0'), {
    argv: ['my very long title'],
    title: 'my very long title',
  });
  assert.deepEqual(parseCommandLine(''), { argv: [], title: null });
});

test('names of scripts', () => {
  const cases: [string, string | null, string][] = [
    ['/srv/checkout/worker-pool.mjs', 'checkout', 'worker-pool'],
    ['/srv/checkout/dist/index.js', '@acme/checkout', 'checkout/index'],
    ['/srv/checkout/dist/index.js', null, 'checkout/index'],
    ['/srv/checkout/bin/www', null, 'checkout/www'],
    ['/index.js', null, 'index'],
    ['/srv/server/server.ts', 'server', 'server'],
    ['/usr/lib/node_modules/pm2/bin/pm2', 'pm2', 'pm2'],
  ];
  for (const [script, packageName, name] of cases) assert.equal(scriptName(script, packageName), name);
});

test('roles of threads: by name on Node 24, by signals and stacks on Node 20, else other', () => {
  const mb = 1 << 20;
  const thread = (tid: number, name: string, blocked: bigint, syscall?: string, stackBytes?: number) => ({
    tid,
    name,
    blocked,
    syscall,
    stackBytes,
  });
  const node20 = [
    thread(1, 'my title', 0n, 'epoll_pwait', 132 << 10),
    thread(2, 'node', 0x200n, 'futex', 8 * mb),
    thread(3, 'node', 0xfffffffe7ffbfeffn, 'futex', 32 << 10),
    thread(4, 'node', 0n, 'epoll_pwait', 4 * mb),
    thread(5, 'node', 0n, 'futex', 8 * mb),
    thread(6, 'node', 0n, 'read', 8 * mb),
    thread(7, 'node', 0n, 'epoll_pwait', 8 * mb), // the inspector's
    thread(8, 'node', 0n), // runs: it can be anything
    thread(9, 'tokio-runtime-w', 0n, 'futex', 2 * mb),
  ];
  assert.deepEqual(threadRoles(1, node20, 8 * mb), [
    'main',
    'v8',
    'other',
    'worker',
    'libuv',
    'libuv',
    'other',
    'other',
    'other',
  ]);
  assert.equal(threadRoles(1, node20, 4 * mb)[3], 'other');
  const node24 = [
    thread(1, 'MainThread', 0n),
    thread(2, 'V8Worker', 0x200n),
    thread(3, 'DelayedTaskSche', 0x200n),
    thread(4, 'WorkerThread', 0n),
    thread(5, 'libuv-worker', 0n),
    thread(6, 'my worker', 0n, 'futex', 4 * mb),
    thread(7, 'MainThread', 0n, 'futex', 8 * mb),
  ];
  assert.deepEqual(threadRoles(1, node24, 8 * mb), ['main', 'v8', 'v8', 'worker', 'libuv', 'worker', 'other']);
});
