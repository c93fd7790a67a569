/** Ctrl-C ends nops at once, whatever it waits for or computes. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { nopsPath } from '../cli/helpers.js';
import { until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Longer than it takes to end, and shorter than what it is ended in the middle of. */
const deadlineMs = 20_000;

/** Until it has started, on however busy a machine. */
const startMs = 60_000;

interface Running {
  child: ChildProcess;
  ended: Promise<unknown[]>;
}

function start(t: TestContext, args: string[]): Running {
  const child = spawn(process.execPath, [nopsPath, ...args], { stdio: ['ignore', 'ignore', 'ignore'] });
  t.after(() => child.kill('SIGKILL'));
  return { child, ended: new Promise(resolve => child.once('close', (...how) => resolve(how))) };
}

/** How it ended; undefined: it has not. */
function endedInTime({ ended }: Running): Promise<unknown> {
  return Promise.race([ended, new Promise(resolve => setTimeout(resolve, deadlineMs).unref())]);
}

test('while its main thread waits to open a FIFO that was named to it', async t => {
  const fifo = join(temporaryFolder(t), 'profile.fifo');
  execFileSync('mkfifo', [fifo]);
  const running = start(t, ['ui', fifo]);
  const openat = '257 ';
  await until(
    () => readFileSync(`/proc/${running.child.pid}/syscall`, 'utf8').startsWith(openat) || undefined,
    () => 'it to be in open(2)',
    startMs,
  );
  running.child.kill('SIGINT');
  assert.deepEqual(await endedInTime(running), [null, 'SIGINT']);
});

test('while it computes', async t => {
  const file = join(temporaryFolder(t), 'stacks.collapsed');
  // Some ten million frames: far more seconds than the deadline, in one turn of the event loop.
  const stack = (seed: number) =>
    Array.from({ length: 60 }, (_, depth) => `f${(seed * 31 + depth * 7) % 100_003}`).join(';');
  writeFileSync(file, Array.from({ length: 150_000 }, (_, line) => `${stack(line)} ${line + 1}\n`).join(''));
  const running = start(t, ['pprof', '-dot', file]);
  const cpuTicks = () => Number(readFileSync(`/proc/${running.child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[11]);
  // A second of work: it is past its beginning.
  await until(
    () => cpuTicks() > 150 || undefined,
    () => 'it to compute',
    startMs,
  );
  running.child.kill('SIGTERM');
  assert.deepEqual(await endedInTime(running), [null, 'SIGTERM']);
});
