/** `--tree`: a process and all that it started, in real clusters and forks, with agents and without. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { labelsOf, type Profile, sampleCount } from '@nops/core/profile/model';
import { folder, nops, start, until } from './helpers.js';

const register = new URL('../../../agent/dist/register.js', import.meta.url).pathname;

/** Works a fifth of the time, in a function that is called as the process is: four that worked more would leave nops no core. */
const busy = (name: string) =>
  `function ${name}() { const end = Date.now() + 20; while (Date.now() < end); } setInterval(${name}, 100);`;
const cluster = `
const cluster = require('node:cluster');
if (cluster.isPrimary) {
  for (let i = 0; i < 3; i++) cluster.fork();
  let online = 0;
  cluster.on('listening', () => { if (++online === 3) console.log('ready'); });
  ${busy('primaryWork')}
} else {
  require('node:http').createServer((request, response) => response.end()).listen(0);
  ${busy('workerWork')}
}`;

/** Starts a script that prints a line when it and its children are ready; it is ended with the test. */
async function startFamily(t: TestContext, name: string, code: string, execArgv: string[] = []): Promise<number> {
  const script = join(folder, `${name}.cjs`);
  writeFileSync(script, code);
  const { pid, child } = start(process.execPath, [...execArgv, script], {
    ...process.env,
    NODE_OPTIONS: '',
    NOPS_DIR: folder,
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout?.on('data', chunk => (text += chunk));
  await until('the family to be ready', () => text.includes('ready'));
  return pid;
}

/** What is blocked does not end with its parent. */
const blockedPids: number[] = [];
after(() => {
  for (const pid of blockedPids) process.kill(pid, 'SIGKILL');
});

interface Family {
  schema: string;
  pid: number;
  processes: {
    pid: number;
    name: string;
    kind: string;
    worker: string | null;
    result: Record<string, unknown> | null;
  }[];
  totals?: Record<string, number | null>;
  notes: string[];
}

async function ask(args: string[]): Promise<Family> {
  const { code, stdout, stderr } = await nops([...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Family;
}

function readProfile(file: string): Profile {
  return decodeProfile(gunzipSync(readFileSync(file)));
}

/** The values of a label, and the functions of the samples that have each. */
function byLabel(profile: Profile, key: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (let i = 0; i < sampleCount(profile); i++) {
    for (const label of labelsOf(profile, i)) {
      if (label.key !== key) continue;
      const value = 'text' in label ? label.text : String(label.number);
      const functions = found.get(value) ?? new Set();
      found.set(value, functions);
      for (const location of profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1])) {
        const line = profile.lineStarts[location] ?? 0;
        functions.add(profile.functionNames[profile.lineFunctions[line] ?? 0] ?? '');
      }
    }
  }
  return found;
}

function announced(pid: number): boolean {
  return readdirSync(folder).some(name => name.startsWith(`nops-${pid}-`) && name.endsWith('.json'));
}

test('a cluster whose processes have agents: results by pid, totals, one profile', async t => {
  const pid = await startFamily(t, 'prepared', cluster, ['--import', register]);
  const list = await ask(['fds', String(pid), '--tree']);
  const pids = list.processes.map(one => one.pid);
  assert.deepEqual(
    list.processes.map(({ kind, worker }) => [kind, worker]),
    [
      ['root', null],
      ['cluster', 'worker 1'],
      ['cluster', 'worker 2'],
      ['cluster', 'worker 3'],
    ],
  );
  await until('all agents', () => pids.every(announced));
  assert.deepEqual([list.schema, list.pid, list.notes], ['nops.fds-tree/1', pid, []]);
  const open = list.processes.map(one => Number(one.result?.['open']));
  assert.equal(
    list.totals?.['open'],
    open.reduce((sum, one) => sum + one),
  );

  for (const command of ['stats', 'stack', 'async', 'sockets', 'memstats', 'pools']) {
    const family = await ask([command, String(pid), '--tree']);
    assert.equal(family.schema, `nops.${command}-tree/1`);
    for (const one of family.processes) {
      assert.deepEqual([one.result?.['schema'], one.result?.['pid']], [`nops.${command}/1`, one.pid], command);
    }
    assert.ok(
      Object.values(family.totals ?? {}).some(total => total !== null),
      command,
    );
  }

  const file = join(folder, 'prepared.pb.gz');
  const cpu = await ask(['cpu', String(pid), '--tree', '-s', '3', '-o', file]);
  assert.deepEqual([cpu.schema, cpu.pid, cpu.processes.map(one => one.pid)], ['nops.cpu/1', pid, pids]);
  const profile = readProfile(file);
  assert.ok(profile.durationNanos < 8e9, 'they ran at the same time');
  const labels = byLabel(profile, 'pid');
  assert.deepEqual([...labels.keys()].sort(), pids.map(String).sort());
  for (const [id, functions] of labels) {
    assert.ok(!functions.has(id === String(pid) ? 'workerWork' : 'primaryWork'), id);
  }
  const ofPrimary = labels.get(String(pid)) ?? new Set();
  assert.ok(ofPrimary.has('primaryWork'), [...ofPrimary].join(', '));
  assert.deepEqual([...byLabel(profile, 'worker').keys()].sort(), ['worker 1', 'worker 2', 'worker 3']);

  const focus = await nops(['pprof', '-top', `-tagfocus=pid=${pid}`, file]);
  // In the table; the profile's comments name functions too.
  assert.match(focus.stdout, /%\s+primaryWork/);
  assert.doesNotMatch(focus.stdout, /%\s+workerWork/);
  const rooted = await nops(['pprof', '-top', '-cum', '-tagroot=pid', file]);
  for (const id of pids) assert.match(rooted.stdout, new RegExp(`\\b${id}\\b`));

  const text = await nops(['stats', String(pid), '--tree']);
  assert.match(
    text.stdout,
    new RegExp(`^== ${pid} prepared ==$[^]*^== \\d+ prepared, worker 2 ==$[^]*^== all 4 ==$`, 'm'),
  );
});

test('a cluster without agents: each worker gets one for the moment, and none is left; its primary is left alone', async t => {
  const pid = await startFamily(t, 'unprepared', cluster);
  const file = join(folder, 'unprepared.pb.gz');
  const cpu = await ask(['cpu', String(pid), '--tree', '-s', '1', '-o', file]);
  const pids = cpu.processes.map(one => one.pid);
  assert.deepEqual([pids.length, pids.includes(pid), cpu.pid], [3, false, pid]);
  assert.match(cpu.notes[0] ?? '', new RegExp(`^process ${pid}: .* it is the primary of a cluster`));
  assert.deepEqual([...byLabel(readProfile(file), 'pid').keys()].sort(), pids.map(String).sort());
  for (const one of [pid, ...pids]) {
    assert.ok(existsSync(`/proc/${one}`) && !announced(one), `process ${one} lives, without an agent`);
  }
});

test('a cluster whose worker is blocked survives the attempt to attach to its primary', async t => {
  const fifo = join(folder, 'cluster.fifo');
  assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
  const code = `
const cluster = require('node:cluster');
const fs = require('node:fs');
if (cluster.isPrimary) {
  cluster.fork().on('message', () => console.log('ready', cluster.workers[1].process.pid));
} else {
  const fd = fs.openSync(${JSON.stringify(fifo)}, fs.constants.O_RDWR);
  process.send('here', () => fs.readSync(fd, Buffer.alloc(10)));
}`;
  const pid = await startFamily(t, 'blocked-worker', code);
  const { processes } = await ask(['stack', String(pid), '--tree']);
  const worker = processes[1]?.pid ?? 0;
  blockedPids.push(worker);
  await until('the worker to block', async () => (await nops(['stack', String(worker)])).stdout.includes('readSync'));
  const attached = await nops(['attach', String(pid)]);
  assert.equal(attached.code, 6, attached.stderr);
  assert.match(attached.stderr, /primary of a cluster.*no signal was sent/);
  const after = await nops(['stack', String(worker)]);
  assert.match(after.stdout, /readSync/, 'its worker would have died of EINTR');
});

test('a fork that is blocked: told in the notes, and the others are there', async t => {
  const fifo = join(folder, 'blocked.fifo');
  assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
  const code = `
const { fork } = require('node:child_process');
if (process.argv[2] === 'blocked') {
  process.send('here', () => require('node:fs').readFileSync(${JSON.stringify(fifo)}));
} else if (process.argv[2] === 'fine') {
  ${busy('childWork')}
  process.send('here');
} else {
  let here = 0;
  for (const name of ['blocked', 'fine']) fork(__filename, [name]).on('message', () => { if (++here === 2) console.log('ready'); });
}`;
  const pid = await startFamily(t, 'forks', code);
  const stacks = await ask(['stack', String(pid), '--tree']);
  assert.deepEqual(
    stacks.processes.map(one => [one.kind, one.result?.['way']]),
    [
      ['root', 'beside'],
      ['fork', 'beside'],
      ['fork', 'beside'],
    ],
  );
  const [, { pid: blocked } = { pid: 0 }, { pid: fine } = { pid: 0 }] = stacks.processes;
  blockedPids.push(blocked, fine);
  await until('the child to block', async () =>
    (await nops(['stack', String(blocked)])).stdout.includes('readFileSync'),
  );
  const file = join(folder, 'forks.pb.gz');
  const cpu = await ask(['cpu', String(pid), '--tree', '-s', '1', '-o', file]);
  assert.deepEqual(
    cpu.processes.map(one => one.pid),
    [pid, fine],
  );
  assert.ok(
    cpu.notes.some(note => note.startsWith(`process ${blocked}: `)),
    cpu.notes.join('\n'),
  );
  assert.ok(existsSync(`/proc/${blocked}`), 'unharmed');
});

test('what can’t be asked says what to do', async () => {
  const two = await nops(['stats', '1', '2', '--tree']);
  assert.deepEqual([two.code, two.stdout], [2, '']);
  assert.match(two.stderr, /--tree takes one target/);
  const address = await nops(['fds', 'unix:/nowhere.sock', '--tree']);
  assert.equal(address.code, 2, address.stderr);
  assert.match(address.stderr, /--tree needs a process of this machine/);
});

test('what each allocates, also what is freed at once, is in one profile', async t => {
  const garbage = (name: string) =>
    `function ${name}() { for (let i = 0; i < 20000; i++) ({ i, text: String(i) }); } setInterval(${name}, 5);`;
  const child = join(folder, 'wasteful-child.cjs');
  writeFileSync(child, `process.on('disconnect', () => process.exit()); ${garbage('childWaste')}`);
  const parent = `require('node:child_process').fork(${JSON.stringify(child)}).once('spawn', () => console.log('ready')); ${garbage('parentWaste')}`;
  const pid = await startFamily(t, 'wasteful', parent);
  const file = join(folder, 'allocs.pb.gz');
  const { code, stdout, stderr } = await nops(['allocs', String(pid), '--tree', '-s', '2', '-o', file, '--json']);
  assert.equal(code, 0, stderr);
  const { processes } = JSON.parse(stdout) as { processes: { pid: number }[] };
  const byPid = byLabel(readProfile(file), 'pid');
  const [root = '', forked = ''] = processes.map(one => String(one.pid));
  assert.deepEqual(
    [processes.length, byPid.get(root)?.has('parentWaste'), byPid.get(forked)?.has('childWaste')],
    [2, true, true],
  );
});
