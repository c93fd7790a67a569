/** The walk-through of examples/blocked-read against its real processes. What is asserted is evidence and direction, never a speed. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needsRoot, nobody, readableCopy } from '../support/readable-copy.js';
import { until } from '../support/target.js';

const here = fileURLToPath(import.meta.url);
const demoPath = join(here.slice(0, here.lastIndexOf('/test/')), 'examples/dist/blocked-read/demo.js');
/** It takes some 25 s on an idle machine. */
const deadlineMs = 110_000;

interface Measured {
  rps: number;
  p50: number | null;
  p99: number | null;
}

interface DemoResult {
  schema: string;
  fault: string;
  pid: number;
  steps: { name: string; command: string; ok: boolean; evidence: Record<string, unknown> }[];
  before: Measured;
  after: Measured;
}

interface Demo {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** Every process that it was seen to start, so far. */
  descendants: Set<number>;
  ended: Promise<{ code: number | null; signal: string | null }>;
  /** Its TMPDIR and NOPS_DIR are in here. */
  folder: string;
}

interface DemoOptions {
  path?: string;
  node?: string;
  uid?: number;
}

/** Starts the built walk-through; killed when it is late. All of it is over and gone when the test ends. */
function startDemo(t: TestContext, args: string[], options: DemoOptions = {}): Demo {
  const folder = mkdtempSync(join(tmpdir(), 'nops-'));
  mkdirSync(join(folder, 'tmp'));
  const { uid } = options;
  if (uid !== undefined) for (const path of [folder, join(folder, 'tmp')]) chownSync(path, uid, uid);
  const child = spawn(options.node ?? process.execPath, [options.path ?? demoPath, ...args], {
    cwd: '/',
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: join(folder, 'tmp'), NOPS_DIR: join(folder, 'run') },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const descendants = new Set<number>();
  const watching = setInterval(() => addDescendants(child.pid ?? 0, descendants), 50);
  const ended = new Promise<{ code: number | null; signal: string | null }>(resolve =>
    child.once('close', (code, signal) => {
      clearInterval(watching);
      resolve({ code, signal });
    }),
  );
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
    for (const pid of alive(descendants)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return { child, stdout: () => printed.stdout, stderr: () => printed.stderr, descendants, ended, folder };
}

function addDescendants(pid: number, found: Set<number>): void {
  for (const child of childrenOf(pid)) {
    found.add(child);
    addDescendants(child, found);
  }
}

function childrenOf(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const text = tasks.map(tid => readFileSync(`/proc/${pid}/task/${tid}/children`, 'utf8')).join(' ');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // It has ended.
  }
}

/** Those that still run with something of Node's or ours in their command line; a reused pid is not one of them. */
function alive(pids: Iterable<number>): number[] {
  return [...pids].filter(pid => {
    try {
      return /blocked-read|nops\.js/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      return false;
    }
  });
}

/** No process and no file of it is left. */
async function assertGone(demo: Demo): Promise<void> {
  assert.ok(demo.descendants.size >= 3, 'its processes were seen while they ran');
  // Whoever was killed with it may take a moment to be gone.
  await until(
    () => alive(demo.descendants).length === 0 || undefined,
    () => `the end of ${alive(demo.descendants).join(', ')}`,
  );
  assert.deepEqual(readdirSync(join(demo.folder, 'tmp')), []);
}

async function runToEnd(t: TestContext, fault: string, options: DemoOptions = {}): Promise<DemoResult> {
  const demo = startDemo(t, ['--once', '--json', '--fault', fault], options);
  const ended = await demo.ended;
  const all = `${demo.stdout()}\n${demo.stderr()}`;
  assert.deepEqual(ended, { code: 0, signal: null }, all);
  assert.equal(demo.stderr(), '');
  const result = JSON.parse(demo.stdout().trimEnd().split('\n').at(-1) ?? '') as DemoResult;
  assert.deepEqual([result.schema, result.fault], ['nops.demo/1', fault]);
  assert.ok(demo.descendants.has(result.pid), 'the service is a process of the walk-through');
  assert.deepEqual(
    result.steps.filter(step => !step.ok),
    [],
    all,
  );
  assert.ok(result.steps.every(({ command }) => /^nops( |$)/.test(command)));
  assert.ok(result.after.rps > result.before.rps, JSON.stringify(result));
  assert.match(demo.stdout(), /^ +before +after$/m);
  assert.match(demo.stdout(), /^Every step found its evidence\.$/m);
  await assertGone(demo);
  return result;
}

function evidenceOf(result: DemoResult, step: string): Record<string, unknown> {
  const found = result.steps.find(({ name }) => name === step);
  assert.ok(found !== undefined, `step ${step}`);
  return found.evidence;
}

const isPositive = (value: unknown) => typeof value === 'number' && value > 0;

test('no-reuse: every step finds its evidence, and the change helps', async t => {
  const result = await runToEnd(t, 'no-reuse');
  assert.deepEqual(
    result.steps.map(({ name }) => name),
    ['list', 'stats', 'stack', 'cpu', 'sockets', 'fds', 'pools', 'trace', 'waits', 'set', 'verify', 'trace-after'],
  );
  const { handshakesPerSec, timeWait, recvQ, pool, hotFunctions, change } = evidenceOf(result, 'set');
  assert.ok(isPositive(handshakesPerSec) && isPositive(timeWait) && isPositive(recvQ), JSON.stringify(result.steps));
  assert.equal(typeof pool, 'string');
  assert.deepEqual(change, { name: `${String(pool)}.maxFreeSockets`, old: 1, new: 256 });
  assert.ok(Array.isArray(hotFunctions) && hotFunctions.length > 0);
  for (const hot of hotFunctions as { function: unknown; file: unknown; cumPercent: unknown }[]) {
    assert.ok(typeof hot.function === 'string' && typeof hot.file === 'string' && isPositive(hot.cumPercent));
  }
  const { before, after } = result;
  assert.ok(before.p99 !== null && after.p99 !== null && after.p99 < before.p99, JSON.stringify({ before, after }));
});

/** What `stack` told while the process was stuck. */
function assertStuckInRead(result: DemoResult): void {
  const { syscall, fd, path } = evidenceOf(result, 'stack');
  assert.equal(syscall, 'read');
  assert.ok(isPositive(fd));
  assert.match(String(path), /^\/.*\/report\.fifo$/);
  assert.deepEqual([evidenceOf(result, 'fds')['fd'], evidenceOf(result, 'fds')['path']], [fd, path]);
}

test('sync-read: the stuck read is told with its fd and path', async t => {
  assertStuckInRead(await runToEnd(t, 'sync-read'));
});

test('sync-read as a user without rights', { skip: needsRoot }, async t => {
  const copy = readableCopy(t, ['examples']);
  const path = join(copy.root, 'examples/dist/blocked-read/demo.js');
  const result = await runToEnd(t, 'sync-read', { path, node: copy.node, uid: nobody });
  assertStuckInRead(result);
});

test('Ctrl-C in the middle of a step ends everything: exit 130, nothing left', async t => {
  const demo = startDemo(t, []);
  // Its first command, `nops list`, comes and goes; the next ones measure for seconds.
  const step = await until(
    () => [...demo.descendants].find(pid => /nops\.js\0(stats|cpu|pools)\0/.test(commandLine(pid))),
    () => `a command that measures; ${demo.stdout()}${demo.stderr()}`,
    60_000,
  );
  assert.ok(demo.child.exitCode === null);
  demo.child.kill('SIGINT');
  assert.deepEqual(await demo.ended, { code: 130, signal: null }, demo.stderr());
  assert.deepEqual(alive([step]), [], 'the command that ran is not left behind');
  await assertGone(demo);
});

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('without --once it stays up after its last step until Ctrl-C', async t => {
  const demo = startDemo(t, ['--fault', 'sync-read', '--json']);
  const pid = await until(
    () => /^The service \(pid (\d+)\) and its load stay up\./m.exec(demo.stdout())?.[1],
    () => `the last words; ${demo.stdout()}${demo.stderr()}`,
    60_000,
  );
  assert.deepEqual(alive([Number(pid)]), [Number(pid)]);
  demo.child.kill('SIGINT');
  assert.deepEqual(await demo.ended, { code: 130, signal: null }, demo.stderr());
  await assertGone(demo);
});

test('bad arguments are refused with exit 2 and leave nothing', async t => {
  for (const [args, message] of [
    [['--fault', 'no-such-fault'], /^demo: there is no fault "no-such-fault"\nUse: npm run demo/],
    [['--unknown'], /^demo: .*--unknown/],
    [['extra'], /^demo: .*extra/],
  ] as const) {
    const demo = startDemo(t, [...args]);
    assert.deepEqual(await demo.ended, { code: 2, signal: null });
    assert.match(demo.stderr(), message);
    assert.equal(demo.stdout(), '');
    assert.deepEqual(readdirSync(join(demo.folder, 'tmp')), []);
  }
});
