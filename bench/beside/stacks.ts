/**
 * What one look at a JavaScript stack costs the one who looks, in microseconds: of a thread that waits, of one that did not run since the
 * last look, of one that computes; what describing it adds; and for how long `--stop` holds the process.
 *
 *   node bench/dist/beside/stacks.js [looks] [node of the target]
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sampleThread } from '@nops/probe/beside/stack/sample';
import { Stacks } from '@nops/probe/beside/stack/stacks';
import { ThreadClock } from '@nops/probe/beside/stack/thread-clock';
import { openStopper } from '@nops/probe/beside/stop/with-stopped';

const count = Number(process.argv[2] ?? 5000);
const execPath = process.argv[3] ?? process.execPath;
const cacheFolder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(cacheFolder, { recursive: true, force: true }));

const waiting = await startTarget('wait');
const computing = await startTarget('compute');

report('open, nothing kept on disk', [timed(() => open(waiting.pid))]);
report(
  'open, facts of the executable kept',
  many(10, () => open(waiting.pid)),
);

const stacks = new Stacks(waiting.pid, { cacheFolder });
const isolate = stacks.v8.isolates.get(waiting.pid) ?? 0;
const clock = new ThreadClock(waiting.pid, waiting.pid);
const look = () => sampleThread(stacks.v8, clock, isolate);
const sample = look();
report(`blocked, ${sample.frames.length} frames, ${sample.accuracy}`, many(count, look));
report(
  'the same, unchanged since',
  many(count, () => stacks.sample(waiting.pid)),
);
report(
  'names, classes, lines of it',
  many(count, () => stacks.describe(sample)),
);
stacks.close();
clock.close();

const busy = new Stacks(computing.pid, { cacheFolder });
const running = busy.sample(computing.pid);
report(
  `running, ${running?.frames.length} frames, ${running?.accuracy}`,
  many(count, () => busy.sample(computing.pid)),
);
const stopper = await openStopper(computing.pid);
const held: number[] = [];
for (let i = 0; i < Math.min(count, 500); i++) {
  held.push(stopper.stopped([computing.pid], () => busy.capture(computing.pid)).stoppedMicros);
  await sleep(2);
}
report('--stop: the process is held for', held);
stopper.close();
busy.close();
for (const { child } of [waiting, computing]) child.kill('SIGKILL');

function open(pid: number): void {
  new Stacks(pid, { cacheFolder }).close();
}

async function startTarget(mode: string): Promise<{ pid: number; child: ChildProcess }> {
  const child = fork(new URL('./target.js', import.meta.url), [mode], { execPath });
  process.on('exit', () => child.kill('SIGKILL'));
  await once(child, 'message');
  await sleep(500);
  return { pid: child.pid ?? 0, child };
}

function many(times: number, what: () => unknown): number[] {
  for (let i = 0; i < Math.min(times, 500); i++) what(); // compiled before it is measured
  return Array.from({ length: times }, () => timed(what));
}

/** Microseconds. */
function timed(what: () => unknown): number {
  const began = process.hrtime.bigint();
  what();
  return Number(process.hrtime.bigint() - began) / 1000;
}

function report(what: string, micros: number[]): void {
  const sorted = micros.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  console.log(`${what.padEnd(40)} p50 ${at(0.5)} µs   p95 ${at(0.95)} µs   max ${at(1)} µs   n ${sorted.length}`);
}
