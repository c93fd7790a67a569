/** What nops does beside a process, seen by strace: it reads. No ptrace, no signal, not even signal 0, no write to /proc. */

import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folder, nopsPath } from '../cli/helpers.js';
import { start, startNode, type Target, until } from '../probe/beside/processes.js';
import { makeFifo } from '../support/fifo.js';
import { needsStrace, strace, tidsOf, touches } from '../support/strace.js';
import { agentRegister } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Command lines after `nops`; `<pid>` and `<name>` stand for the target, `<other>` for the pid of a second one. */
const looks: string[][] = [
  ['<pid>'],
  ['info', '<pid>'],
  ['stack', '<pid>'],
  ['stack', '<pid>', '--json'],
  ['stack', '<name>', '--native', '--threads'],
  ['stack', '<pid>', '<other>'],
  ['async', '<pid>'],
  ['async', '<name>', '--live', '--values', '--all', '--why', '5'],
  ['top', '<pid>', '--once', '-s', '1', '--json'],
  ['sockets', '<pid>'],
  ['fds', '<pid>'],
  ['stats', '<pid>', '-s', '1'],
  ['memstats', '<pid>', '<other>'],
  ['list'],
  ['tree'],
];

/** Those that look at every process, whatever it does. */
const looksAtAll: string[][] = [[], ['list', '--json'], ['tree'], ['doctor'], ['completion', 'targets']];

/** What a process may be busy with while it is looked at. It says `ready`; a reader of the FIFO reads from `fifo`. */
const states: [name: string, code: string][] = [
  ['idle', `stay(); ready();`],
  ['computing', `ready(); for (;;);`],
  ['stuck in a system call', `const fd = fs.openSync(fifo, 'r+'); ready(); fs.readSync(fd, Buffer.alloc(9));`],
  [
    'awaiting, with a worker that computes',
    `const { Worker } = require('node:worker_threads');
async function job(id) { await new Promise(done => setTimeout(done, 1e8, id)); }
for (let id = 0; id < 20; id++) job(id);
new Worker('require("node:worker_threads").parentPort.postMessage(1); for (;;);', { eval: true }).once('message', ready);`,
  ],
];

const preamble = `const fs = require('node:fs'), fifo = process.argv[2];
const ready = () => fs.writeSync(1, 'ready\\n'), stay = () => setInterval(() => {}, 1000);
`;

let targets = 0;

interface Named extends Target {
  name: string;
}

/** A script with a name that no other process has. */
async function startNamed(t: TestContext, code: string, ...options: string[]): Promise<Named> {
  const name = `looked-at-${process.pid}-${targets++}`;
  const script = join(temporaryFolder(t), `${name}.cjs`);
  writeFileSync(script, preamble + code);
  const target = start(t, process.execPath, [...options, script, makeFifo(t)], { env });
  await until(() => target.lines.includes('ready'), 'the target printed "ready"');
  return { ...target, name };
}

const env = { ...process.env, NOPS_DIR: folder, NODE_OPTIONS: '' };

/** Runs a command line on these targets: it must answer, look at them, and touch none. What it prints. */
function look(line: string[], target: Named, other: Target): string {
  const words: Record<string, string> = {
    '<pid>': String(target.pid),
    '<name>': target.name,
    '<other>': String(other.pid),
  };
  const { code, calls, stdout, stderr } = strace(
    process.execPath,
    [nopsPath, ...line.map(word => words[word] ?? word)],
    env,
  );
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  const looked = line.includes('<other>') || looksAtAll.includes(line) ? [target, other] : [target];
  for (const { pid } of looked) {
    assert.deepEqual(touches(calls, tidsOf(pid)), []);
    // It did look, and strace did see it.
    assert.ok(
      calls.some(call => call.includes(`"/proc/${pid}/`)),
      `it read /proc/${pid}`,
    );
  }
  return stdout;
}

for (const [state, code] of states) {
  test(`looking at a process that is ${state}`, { skip: needsStrace }, async t => {
    const target = await startNamed(t, code);
    const other = await startNode(t, 'stay(); ready();');
    for (const line of looks) await t.test(['nops', ...line].join(' '), () => void look(line, target, other));
    // It is as it was: neither ended nor stopped.
    assert.equal(target.child.exitCode, null);
  });
}

test('looking at a process with an agent, which is asked over its socket', { skip: needsStrace }, async t => {
  const target = await startNamed(t, 'stay(); ready();', '--import', agentRegister);
  await until(
    () => readdirSync(folder).some(name => name.startsWith(`nops-${target.pid}-`) && name.endsWith('.json')),
    'the agent announced itself',
  );
  const other = await startNode(t, 'stay(); ready();');
  for (const line of looks) await t.test(['nops', ...line].join(' '), () => void look(line, target, other));
  const { way } = JSON.parse(look(['stack', '<pid>', '--json'], target, other)) as { way: string };
  assert.equal(way, 'agent', 'it was the agent that told its stack');
});

test('looking at all processes', { skip: needsStrace }, async t => {
  const target = await startNamed(t, 'stay(); ready();');
  const other = await startNode(t, 'ready(); for (;;);');
  for (const line of looksAtAll) await t.test(['nops', ...line].join(' '), () => void look(line, target, other));
});

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

test('only --stop touches it, and that is seen', { skip: needsStrace }, async t => {
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
