import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { NopsError } from '@nops/core/protocol/errors';
import { ageSeconds, startedAtMs, ticksPerSecond } from '@nops/probe/beside/clock';
import { listPids, procPath, readStat, readStatus, readText } from '@nops/probe/beside/procfs';
import { cpuPercent, readCpu, readUsage } from '@nops/probe/beside/usage';
import { startNode, until } from './processes.js';

test('our own process is read through /proc/self', () => {
  assert.equal(procPath(process.pid), '/proc/self');
  assert.equal(procPath(1), '/proc/1');
  assert.ok(listPids().includes(process.pid));
});

test('stat and status of a process with a title that could be mistaken for fields', async t => {
  const title = ') (R 1 2';
  const { pid } = await startNode(t, `process.title = ${JSON.stringify(title)}; stay(); ready();`);
  const stat = readStat(pid);
  assert.equal(stat.comm, title);
  assert.equal(stat.ppid, process.pid);
  assert.equal(stat.kernelThread, false);
  assert.ok(stat.threads > 1);
  assert.match(stat.startTime, /^\d+$/);
  const status = readStatus(pid);
  assert.equal(status.uid.effective, process.geteuid?.());
  assert.equal(status.nsPid.at(-1), pid);
  assert.ok((status.rssBytes ?? 0) > 1 << 20);
});

test('a file that the process does not have is not "no such process"', async t => {
  const { pid } = await startNode(t, 'stay(); ready();');
  assert.throws(() => readText(pid, 'nonsense'), { code: 'impossible' });
  assert.throws(
    () => readText(0x7fffffff, 'stat'),
    (error: NopsError) => {
      assert.ok(error instanceof NopsError);
      assert.equal(error.code, 'no-target');
      assert.match(error.message, /2147483647/);
      return true;
    },
  );
});

test('age and start: the kernel’s ticks are what we think', async t => {
  assert.equal(Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })), ticksPerSecond);
  const { pid } = await startNode(t, 'stay(); ready();');
  const { startTime } = readStat(pid);
  assert.ok(ageSeconds(startTime) < ageSeconds(readStat(1).startTime) + 0.01);
  assert.equal(ageSeconds(startTime, Number(startTime) / ticksPerSecond + 7.5).toFixed(3), '7.500');
  assert.equal(ageSeconds(startTime, 0), 0);
  assert.ok(startedAtMs(startTime) > startedAtMs(readStat(1).startTime));
});

test('usage, and CPU of threads that ended is not lost', async t => {
  const target = await startNode(t, `stay(); ready(); process.on('SIGUSR2', work); ${spinInWorker}`);
  const before = readCpu(target.pid);
  process.kill(target.pid, 'SIGUSR2');
  await until(() => target.lines.includes('done'), 'the Worker is done');
  const after = readCpu(target.pid);
  // Compared in the same clock: the Worker computed for 300 ms of its own CPU time and is gone.
  assert.ok(after.tickNanos - before.tickNanos >= 280e6, 'ticks count ended threads');
  if (after.source === 'schedstat') assert.ok(after.cpuNanos - before.cpuNanos < 280e6, 'schedstat does not');
  const elapsed = (after.at - before.at) * 1e6;
  assert.ok(cpuPercent(before, after) >= (280e6 / elapsed) * 100);
  const usage = readUsage(target.pid);
  assert.ok(usage.rssBytes > 1 << 20 && usage.threads > 1 && (usage.fdCount ?? 0) > 3);
});

const spinInWorker = `function work() {
  const code = 'const start = process.cpuUsage(); for (;;) { const { user, system } = process.cpuUsage(start); if (user + system > 300e3) break; }';
  new threads.Worker(code, { eval: true }).once('exit', () => say('done'));
}`;

test('percent of CPU from two samples', () => {
  const sample = (cpuMs: number, tickMs: number, at: number) =>
    ({ cpuNanos: cpuMs * 1e6, tickNanos: tickMs * 1e6, source: 'schedstat', at }) as const;
  assert.equal(cpuPercent(sample(0, 0, 0), sample(50, 40, 100)), 50, 'the fine clock');
  assert.equal(cpuPercent(sample(100, 100, 0), sample(10, 200, 100)), 100, 'a thread ended: the complete clock');
  assert.equal(cpuPercent(sample(0, 0, 5), sample(9, 9, 5)), 0, 'no time passed');
  assert.equal(cpuPercent(sample(0, 0, 0), sample(400, 400, 200)), 200, 'two cores');
});
