import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { listPids, readStat } from '@nops/probe/beside/procfs';
import { checkMayStop, stopNotes } from '@nops/probe/beside/stop/may-stop';
import { openStopper, withStopped } from '@nops/probe/beside/stop/with-stopped';
import { start, startNode, type Target, until } from './processes.js';

const busy = (t: TestContext): Promise<Target> =>
  startNode(t, 'let n = 0; process.on("SIGCONT", () => say("continued")); ready(); for (;;) n++;');
const childrenOf = (pid: number): number[] =>
  listPids().filter(child => existsSync(`/proc/${child}/stat`) && readStat(child).ppid === pid);
const stateOf = (pid: number): string => readStat(pid).state;
const syscallOf = (pid: number): string => readFileSync(`/proc/${pid}/task/${pid}/syscall`, 'utf8');

test('a running process is stopped while it is read, has registers then, runs on afterwards; the time is told', async t => {
  const { pid } = await busy(t);
  await until(() => syscallOf(pid).startsWith('running'), 'it computes');
  const { value, stoppedMicros, notes } = await withStopped(pid, [pid], () => [stateOf(pid), syscallOf(pid)]);
  assert.equal(value[0], 'T');
  assert.match(value[1] ?? '', /^-1 0x[0-9a-f]+ 0x[0-9a-f]+\n$/);
  assert.ok(Number.isInteger(stoppedMicros) && stoppedMicros > 0);
  assert.deepEqual(notes, []);
  await until(() => syscallOf(pid).startsWith('running'), 'it runs on');
  t.diagnostic(`stopped for ${stoppedMicros} µs`);
});

test('many stops with one watchdog, which ends without a signal', async t => {
  const { pid } = await busy(t);
  const watchdogs = () => childrenOf(process.pid).length;
  const before = watchdogs();
  const stopper = await openStopper(pid);
  assert.equal(watchdogs(), before + 1);
  const micros: number[] = [];
  for (let i = 0; i < 50; i++) micros.push(stopper.stopped([pid], () => assert.equal(stateOf(pid), 'T')).stoppedMicros);
  stopper.close();
  await until(() => watchdogs() === before, 'the watchdog has ended');
  await until(() => syscallOf(pid).startsWith('running'), 'it runs on');
  assert.ok(micros.every(value => value > 0));
});

test('what is thrown while it is stopped continues it', async t => {
  const { pid } = await busy(t);
  await assert.rejects(
    withStopped(pid, [pid], () => {
      throw new RangeError('of the reader');
    }),
    /of the reader/,
  );
  await until(() => stateOf(pid) === 'R', 'it runs on');
});

test('a process that is stopped already is read, and stays stopped', async t => {
  const { pid } = await startNode(t, 'stay(); ready();');
  process.kill(pid, 'SIGSTOP');
  await until(() => stateOf(pid) === 'T', 'it stopped');
  assert.deepEqual(await withStopped(pid, [pid], () => stateOf(pid)), { value: 'T', stoppedMicros: 0, notes: [] });
  await new Promise(resolve => setTimeout(resolve, 300));
  assert.equal(stateOf(pid), 'T');
});

/** A nops that holds `pid` for `ms`, and says when it does. */
function holder(t: TestContext, pid: number, ms: number): Target {
  const url = import.meta.resolve('@nops/probe/beside/stop/with-stopped');
  const code = `import { writeSync } from 'node:fs'; import { withStopped } from ${JSON.stringify(url)};
    await withStopped(${pid}, [${pid}], () => { writeSync(1, 'holds\\n'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms}); });`;
  return start(t, process.execPath, ['--input-type=module', '-e', code]);
}

test('nops is killed while it holds: the watchdog continues the process', async t => {
  const { pid } = await busy(t);
  const nops = holder(t, pid, 60_000);
  await until(() => nops.lines.includes('holds'), 'it is held');
  assert.equal(stateOf(pid), 'T');
  nops.child.kill('SIGKILL');
  const killed = performance.now();
  await until(() => stateOf(pid) === 'R', 'it runs on');
  t.diagnostic(`continued ${Math.round(performance.now() - killed)} ms after the kill`);
});

test('nops hangs while it holds: the watchdog does not wait for it', async t => {
  const { pid } = await busy(t);
  const nops = holder(t, pid, 60_000);
  await until(() => nops.lines.includes('holds'), 'it is held');
  await until(() => stateOf(pid) === 'R', 'it runs on');
  assert.equal(nops.child.exitCode, null, 'while nops is still there');
});

test('nops is killed before it stops anything: somebody else’s stop stays', async t => {
  const { pid } = await startNode(t, 'stay(); ready();');
  const url = import.meta.resolve('@nops/probe/beside/stop/with-stopped');
  const code = `import { openStopper } from ${JSON.stringify(url)}; await openStopper(${pid}); console.log('open'); setInterval(() => {}, 1e3);`;
  const nops = start(t, process.execPath, ['--input-type=module', '-e', code]);
  await until(() => nops.lines.includes('open'), 'the watchdog is ready');
  process.kill(pid, 'SIGSTOP');
  nops.child.kill('SIGKILL');
  await new Promise(resolve => setTimeout(resolve, 500));
  assert.equal(stateOf(pid), 'T');
});

test('process 1, ourselves and those we descend from are refused, and nothing happens to them', async () => {
  for (const pid of [1, process.pid, process.ppid]) {
    assert.throws(() => checkMayStop(pid), { name: 'NopsError', code: 'usage' });
    await assert.rejects(
      withStopped(pid, [pid], () => assert.fail('it was stopped')),
      { code: 'usage' },
    );
  }
  assert.throws(() => checkMayStop(0x7fffffff), { code: 'no-target' });
});

const hasScript = spawnSync('script', ['--version']).status === 0;

test('a parent that is a shell on a terminal is named beforehand', {
  skip: hasScript ? false : 'needs script (util-linux)',
}, async t => {
  const terminal = start(
    t,
    'script',
    ['--quiet', '--command', "bash -c 'sleep 1000 & echo pid $!; wait'", '/dev/null'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const line = await until(() => terminal.lines.find(text => text.startsWith('pid ')), 'the shell started it');
  const child = Number(line.slice(4));
  t.after(() => process.kill(child, 'SIGKILL'));
  assert.match(stopNotes(child)[0] ?? '', /\(bash\), is a shell on a terminal/);
  const { pid } = await busy(t);
  assert.deepEqual(stopNotes(pid), []);
});
