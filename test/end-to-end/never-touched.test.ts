/** What nops does beside a process, seen by strace: it reads. No ptrace, no signal, not even signal 0, no write to /proc. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { folder, nopsPath } from '../cli/helpers.js';
import { startNode } from '../probe/beside/processes.js';
import { makeFifo } from '../support/fifo.js';
import { needsStrace, strace, tidsOf, touches } from '../support/strace.js';

/** Command lines after `nops`; `<pid>` stands for the target. One that does not exist yet is not run, and said to be missing. */
const looks: string[][] = [
  ['list'],
  ['info', '<pid>'],
  ['stack', '<pid>'],
  ['stack', '<pid>', '--json'],
  ['async', '<pid>'],
  ['top', '<pid>', '--once', '-s', '1', '--json'],
  ['sockets', '<pid>'],
  ['fds', '<pid>'],
  ['stats', '<pid>', '-s', '1'],
  ['memstats', '<pid>'],
  ['tree'],
];

/** What a process may be busy with while it is looked at. */
const states: [name: string, code: (t: TestContext) => string][] = [
  ['idle', () => 'stay(); ready();'],
  ['computing', () => 'ready(); for (;;);'],
  [
    'stuck in a system call',
    t =>
      `const { openSync, readSync } = fs; ready(); readSync(openSync(${JSON.stringify(makeFifo(t))}, 'r+'), Buffer.alloc(9));`,
  ],
];

const help = execFileSync(process.execPath, [nopsPath, '--help'], { encoding: 'utf8' });

const env = { ...process.env, NOPS_DIR: folder, NODE_OPTIONS: '' };

for (const [state, code] of states) {
  test(`looking at a process that is ${state}`, { skip: needsStrace }, async t => {
    const { pid } = await startNode(t, code(t));
    for (const look of looks) {
      const known = new RegExp(`^ +${look[0]}\\b`, 'm').test(help);
      await t.test(`nops ${look.join(' ')}`, { skip: known ? false : 'there is no such command yet' }, () => {
        const args = look.map(word => word.replace('<pid>', String(pid)));
        const { code: exit, calls, stderr } = strace(process.execPath, [nopsPath, ...args], env);
        assert.equal(exit, 0, stderr);
        assert.deepEqual(touches(calls, tidsOf(pid)), []);
        // It did look, and strace did see it.
        assert.ok(
          calls.some(call => call.includes(`"/proc/${pid}/stat"`)),
          'it read /proc',
        );
      });
    }
  });
}

/** Shell commands that touch the process `$1`, each in a way of its own. */
const touching: [what: string, script: string][] = [
  ['signal 0', 'kill -0 "$1"'],
  ['SIGCONT', 'kill -CONT "$1"'],
  ['a write in /proc', 'cat "/proc/$1/coredump_filter" | sed s/^/0x/ > "/proc/$1/coredump_filter"'],
  ['another limit', 'prlimit --pid "$1" --core=0:'],
];

test('the judge sees what touches a process', { skip: needsStrace }, async t => {
  const { pid } = await startNode(t, 'stay(); ready();');
  for (const [what, script] of touching) {
    const { calls, stderr, code } = strace('bash', ['-c', script, 'bash', String(pid)]);
    assert.equal(code, 0, `${what}: ${stderr}`);
    assert.ok(touches(calls, tidsOf(pid)).length > 0, what);
    assert.equal(touches(calls, [1]).length > 0, what.includes('/proc'), `${what}, but to another process`);
  }
});

const stackHelp = execFileSync(process.execPath, [nopsPath, 'stack', '--help'], { encoding: 'utf8' });
const needsStop = stackHelp.includes('--stop') ? false : 'nops stack has no --stop yet';

test('only --stop touches it, and that is seen', { skip: needsStrace || needsStop }, async t => {
  const { pid } = await startNode(t, 'ready(); for (;;);');
  const { code, calls, stderr } = strace(process.execPath, [nopsPath, 'stack', String(pid), '--stop'], env);
  assert.equal(code, 0, stderr);
  const signals = touches(calls, tidsOf(pid)).map(call => /kill\((\d+), (\w+)/.exec(call)?.slice(1).join(' '));
  assert.deepEqual(signals, [`${pid} SIGSTOP`, `${pid} SIGCONT`]);
});

test('the judge, line by line', () => {
  const judged: [line: string, touch: boolean][] = [
    ['7 ptrace(PTRACE_SEIZE, 42, NULL, 0) = 0', true],
    ['7 kill(42, 0) = 0', true],
    ['7 kill(-42, SIGTERM) = 0', true],
    ['7 tgkill(7, 9, SIGRT_1) = 0', false],
    ['7 tgkill(42, 43, SIGUSR1) = 0', true],
    ['7 tkill(43, SIGUSR1 <unfinished ...>', true],
    ['7 process_vm_writev(42, [], 1, [], 1, 0) = 1', true],
    ['7 pidfd_open(42, 0) = 17', true],
    ['7 openat(AT_FDCWD</tmp>, "/proc/42/mem", O_RDONLY|O_CLOEXEC) = 17</proc/42/mem>', false],
    ['7 openat(AT_FDCWD</tmp>, "/proc/42/mem", O_RDWR|O_CLOEXEC) = 17</proc/42/mem>', true],
    ['7 openat(17</proc/42>, "clear_refs", O_WRONLY) = 18</proc/42/clear_refs>', true],
    ['7 openat(AT_FDCWD</tmp>, "/tmp/x", O_WRONLY|O_CREAT, 0666) = 17</tmp/x>', false],
    ['7 pwrite64(17</proc/42/mem>, "x", 1, 4096) = 1', true],
    ['7 write(1<pipe:[42]>, "/proc/42/mem", 12) = 12', false],
    ['7 prlimit64(42, RLIMIT_CORE, NULL, {rlim_cur=0}) = 0', false],
    ['7 prlimit64(0, RLIMIT_NOFILE, {rlim_cur=42}, NULL) = 0', false],
    ['7 prlimit64(42, RLIMIT_CORE, {rlim_cur=0}, NULL) = 0', true],
    ['7 +++ exited with 0 +++', false],
  ];
  for (const [line, touch] of judged) assert.equal(touches([line], [42, 43]).length > 0, touch, line);
});
