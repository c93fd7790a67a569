/** `nops top`: what it finds, into a pipe, and on a real terminal (a pseudo terminal that `script` makes). */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TopResult } from '@nops/core/protocol/top-results';
import { asShell, folder, nops, nopsPath, startNode, until } from './helpers.js';

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

/**
 * Line 2 is the guilty one: most of the time. It calls nothing, and is called too seldom to be inlined: without its registers, nothing tells
 * where in its code a running thread is. The worker waits in a call that JavaScript made.
 */
const service = `class Pool { acquire(rounds) { return guilty(rounds); } }
function guilty(rounds) { let sum = 0; for (let i = 0; i < rounds; i++) sum += i % 7; return sum; }
const pool = new Pool();
let rounds = 1e6;
function tick() { const began = performance.now(); pool.acquire(rounds); rounds *= 80 / (performance.now() - began); setTimeout(tick, 20); }
new (require('node:worker_threads').Worker)(\`function waits() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }
  require('node:worker_threads').parentPort.postMessage(1); waits();\`, { eval: true }).once('message', () => { console.log('ready'); tick(); });
`;

let busy = 0;
before(async () => {
  const script = join(folder, 'busy.cjs');
  writeFileSync(script, service);
  busy = (await startNode([script])).pid;
});

async function once(...args: string[]): Promise<TopResult> {
  const { code, stdout, stderr } = await nops(['top', '--once', '--json', ...args]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return JSON.parse(stdout) as TopResult;
}

test('--once --json finds the guilty function, its callers, and the worker that waits', async () => {
  const result = await once(String(busy), '-s', '2', '-r', '200');
  assert.deepEqual([result.schema, result.pid, result.way, result.rate], ['nops.top/1', busy, 'beside', 200]);
  assert.equal(result.node, process.versions.node);
  assert.ok(result.samples > 0 && Math.round(result.seconds) >= 2);
  assert.equal(result.pausedMicros, 0);
  const [main, worker] = result.threads;
  assert.deepEqual([main?.role, main?.tid, result.threads.length], ['main', busy, 2]);
  const [first] = main?.functions ?? [];
  assert.deepEqual([first?.function, first?.line], ['guilty', 2]);
  assert.match(first?.url ?? '', /busy\.cjs$/);
  const of = (name: string) => main?.functions.find(entry => entry.function === name);
  const known = (main?.samples.running ?? 0) + (main?.samples.blocked ?? 0) + (main?.samples.idle ?? 0);
  assert.equal(first?.ownPercent, (100 * (first?.own ?? 0)) / known);
  assert.ok((of('tick')?.total ?? 0) >= (first?.own ?? 0), 'whoever calls it is on the stack too');
  assert.equal(of('acquire')?.class, 'Pool');
  assert.ok((main?.samples.running ?? 0) > (main?.samples.idle ?? 0));
  assert.equal(worker?.role, 'worker');
  assert.equal(worker?.syscall?.name, 'futex');
  assert.equal(worker?.functions.find(entry => entry.function === 'waits')?.total, worker?.samples.blocked);
  assert.equal(worker?.samples.running, 0);
});

test('--stop tells inlined functions and callees exactly, and for how long it stopped the process', async () => {
  // Called some 80 times in each tick: V8 inlines it, so that only registers tell that it runs.
  const inlined = `function guilty(rounds) { let sum = 0; for (let i = 0; i < rounds; i++) sum += Math.sqrt(i) % 7; return sum; }
function outer() { return guilty(3e5); }
function tick() { const end = performance.now() + 80; while (performance.now() < end) outer(); setTimeout(tick, 20); }
console.log('ready'); tick();`;
  const { pid } = await startNode(['-e', inlined]);
  const result = await once(String(pid), '-s', '2', '--stop');
  const [main] = result.threads;
  const guilty = main?.functions.find(entry => entry.function === 'guilty');
  assert.ok((guilty?.total ?? 0) > (main?.samples.running ?? 0) / 2, JSON.stringify(main?.functions.slice(0, 4)));
  assert.ok(Number.isInteger(result.pausedMicros) && result.pausedMicros > 0);
  assert.deepEqual(result.notes, []);
});

test('--once as text: each thread with its state, the guilty function first', async () => {
  const { code, stdout } = await nops(['top', String(busy), '--once', '-s', '1']);
  assert.equal(code, 0);
  assert.match(
    stdout,
    new RegExp(`^main thread ${busy} .*\\nrunning \\d+ %.*\\n%OWN\\* .*\\n.* guilty +/.*busy\\.cjs:2$`, 'm'),
  );
  assert.match(stdout, /^worker thread \d+ .*: futex\n/m);
  assert.match(stdout, new RegExp(`^pid ${busy}, read beside the process`, 'm'));
});

test('what can’t be sampled, and values out of bounds, are refused', async () => {
  for (const [args, code, message] of [
    [['top', '4194305'], 3, /no process 4194305/],
    [['top', String(busy), '-r', '0'], 2, /--rate/],
    [['top', String(busy), '-r', '1001'], 2, /--rate/],
    [['top', String(busy), '--once', '-s', '0'], 2, /--seconds/],
    [['top', String(busy), '-s', '5'], 2, /--once/],
    [['top', String(busy), '-r', '101', '--stop'], 2, /--rate/],
    [['top', 'http://127.0.0.1:9'], 6, /from outside/],
  ] as const) {
    const ended = await nops([...args]);
    assert.match(ended.stderr, message);
    assert.deepEqual([ended.code, ended.stdout], [code, '']);
  }
});

interface Shown {
  child: ChildProcess;
  text: () => string;
  ended: Promise<{ code: number | null; stderr: string }>;
}

function show(program: string, args: string[]): Shown {
  const { FORCE_COLOR: _color, ...env } = process.env;
  const child = spawn(program, args, { env: { ...env, NOPS_DIR: folder, TERM: 'xterm' } });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    child,
    text: () => stdout,
    ended: new Promise(resolve =>
      child.on('close', (code, signal) => resolve({ code: asShell(code, signal), stderr })),
    ),
  };
}

test('into a pipe: the table each second until a signal; as JSON a line each', async () => {
  const plain = show(process.execPath, [nopsPath, 'top', String(busy)]);
  const lines = show(process.execPath, [nopsPath, 'top', String(busy), '--json']);
  await until('two tables', () => plain.text().split('%OWN').length > 2);
  await until('two lines', () => lines.text().split('\n').length > 2);
  plain.child.kill('SIGINT');
  lines.child.kill('SIGTERM');
  assert.deepEqual(await plain.ended, { code: 130, stderr: '' });
  assert.equal((await lines.ended).code, 143);
  assert.doesNotMatch(plain.text(), /\x1b/);
  const [first, second] = lines
    .text()
    .split('\n', 2)
    .map(line => JSON.parse(line) as TopResult);
  assert.ok((second?.samples ?? 0) > (first?.samples ?? 0), 'counts go on');
  // Percentages are of the last second, counts of all.
  const [main] = second?.threads ?? [];
  assert.ok((main?.seen.running ?? 0) < (main?.samples.running ?? 0));
});

test('a worker that starts meanwhile is sampled from then on, until it ends', async () => {
  const { pid } = await startNode([
    '-e',
    `const { Worker } = require('node:worker_threads'); let worker;
process.on('SIGUSR2', () => { if (worker) worker.terminate(); else worker = new Worker('function late() { for (;;); } late()', { eval: true }); });
setInterval(() => {}, 1000); console.log('ready');`,
  ]);
  const shown = show(process.execPath, [nopsPath, 'top', String(pid), '--json']);
  const last = (): TopResult | undefined => {
    const line = shown.text().split('\n').at(-2);
    return line === undefined ? undefined : (JSON.parse(line) as TopResult);
  };
  await until('only the main thread', () => last()?.threads.length === 1);
  process.kill(pid, 'SIGUSR2');
  await until('the worker and its function', () =>
    last()?.threads[1]?.functions.some(entry => entry.function === 'late' && entry.own > 0),
  );
  process.kill(pid, 'SIGUSR2');
  await until('only the main thread again', () => last()?.threads.length === 1);
  shown.child.kill('SIGKILL');
});

test('the process ends while it is looked at: exit 3', async () => {
  const { pid } = await startNode(['-e', 'console.log("ready"); setInterval(() => {}, 10)']);
  const shown = show(process.execPath, [nopsPath, 'top', String(pid)]);
  await until('a table', () => shown.text().includes('pid'));
  process.kill(pid, 'SIGKILL');
  const { code, stderr } = await shown.ended;
  assert.equal(code, 3, stderr);
  assert.match(stderr, new RegExp(`process.* ${pid}`));
});

const needsScript = spawnSync('script', ['--version']).status === 0 ? false : 'needs script (util-linux)';

interface OnTerminal extends Shown {
  /** The pid of nops. */
  pid: number;
  /** What stood on the screen at the last drawing. */
  frame(): string;
  press(keys: string): void;
}

/** `after` is run in the same terminal when nops has ended. */
async function onTerminal(target: number): Promise<OnTerminal> {
  const nopsTop = `'${process.execPath}' '${nopsPath}' top ${target}`;
  const wrapped = `stty cols 100 rows 12; sh -c 'echo "own $$"; exec "$0" "$@"' ${nopsTop}; echo "ended $?"; stty -a`;
  const shown = show('script', ['--quiet', '--return', '--command', wrapped, '/dev/null']);
  await until('a frame', () => shown.text().includes('\x1b[J'));
  return {
    ...shown,
    pid: Number(/own (\d+)/.exec(shown.text())?.[1]),
    frame: () => shown.text().slice(0, shown.text().lastIndexOf('\x1b[J')).split('\x1b[H').at(-1) ?? '',
    press: keys => void shown.child.stdin?.write(keys),
  };
}

const plainText = (frame: string): string => frame.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '');

/** After nops: the cursor is shown, the first screen is back, and the terminal edits and echoes lines again. */
function assertRestored(text: string): void {
  const after = text.slice(text.lastIndexOf('\x1b[?1049l'));
  assert.ok(text.lastIndexOf('\x1b[?1049l') > text.lastIndexOf('\x1b[H'), 'the screen is given back last');
  assert.ok(text.lastIndexOf('\x1b[?25h') > text.lastIndexOf('\x1b[?25l'), 'the cursor is shown');
  assert.match(after, / icanon/);
  assert.match(after, / echo /);
}

test('on a terminal: keys sort, switch the thread, pause and quit', { skip: needsScript }, async () => {
  const shown = await onTerminal(busy);
  const seen = (what: string, pattern: RegExp) => until(what, () => pattern.test(plainText(shown.frame())));
  await seen('the guilty function', /guilty/);
  assert.match(plainText(shown.frame()), new RegExp(`nops top {2}pid ${busy}`));
  assert.match(plainText(shown.frame()), /%OWN\*/);
  assert.ok(shown.frame().split('\r\n').length <= 12, 'no more than the terminal has');
  shown.press('t');
  await seen('sorted by total', /%TOTAL\*/);
  shown.press('3');
  await seen('sorted by own time', /OWN\* +TOTAL /);
  shown.press('4o');
  await seen('two keys at once', /%OWN\*/);
  shown.press('\t');
  await seen('the other thread', /worker thread \d+ .*: futex/);
  shown.press('\x1b[D');
  await seen('the first one again', new RegExp(`main thread ${busy} `));
  shown.press(' ');
  await seen('paused', /paused/);
  shown.press('p');
  await until('it goes on', () => !/paused/.test(plainText(shown.frame())));
  shown.press('x'); // none of the keys
  shown.press('q');
  assert.equal((await shown.ended).code, 0);
  assert.match(shown.text(), /ended 0\r/);
  assertRestored(shown.text());
});

for (const [how, end, code] of [
  ['Ctrl-C', (shown: OnTerminal) => shown.press('\x03'), 130],
  ['SIGTERM', (shown: OnTerminal) => process.kill(shown.pid, 'SIGTERM'), 143],
] as const) {
  test(`on a terminal: given back after ${how}, also while paused`, { skip: needsScript }, async () => {
    const shown = await onTerminal(busy);
    shown.press(' ');
    await until('it to be paused', () => /paused/.test(plainText(shown.frame())));
    end(shown);
    await shown.ended;
    assert.match(shown.text(), new RegExp(`ended ${code}\\r`));
    assertRestored(shown.text());
  });
}

test('on a terminal: given back when the process ends', { skip: needsScript }, async () => {
  const { pid } = await startNode(['-e', 'console.log("ready"); setInterval(() => {}, 10)']);
  const shown = await onTerminal(pid);
  process.kill(pid, 'SIGKILL');
  await shown.ended;
  assert.match(shown.text(), /ended 3\r/);
  assertRestored(shown.text());
});

test('on a terminal that changes its size', { skip: needsScript }, async () => {
  const shown = await onTerminal(busy);
  execFileSync('stty', ['-F', `/proc/${shown.pid}/fd/0`, 'rows', '3', 'cols', '40']);
  process.kill(shown.pid, 'SIGWINCH');
  await until('a frame of three rows', () => shown.frame().split('\r\n').length <= 3);
  shown.press('q');
  assert.equal((await shown.ended).code, 0);
});
