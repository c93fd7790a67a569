/** Real processes for the tests: started here, waited for by what they print, ended with the test. */

import assert from 'node:assert/strict';
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';

export interface Target {
  pid: number;
  child: ChildProcess;
  /** The lines it printed so far. */
  lines: string[];
  /** Ends it and waits for its end. */
  stop(): Promise<void>;
}

const deadlineMs = 20_000;

/** Starts a program that ends with the test; resolves as soon as it has a pid. */
export function start(t: TestContext, command: string, args: string[], options: SpawnOptions = {}): Target {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  assert.ok(child.pid !== undefined, `${command} did not start`);
  const target: Target = { pid: child.pid, child, lines: [], stop };
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    target.lines.push(...lines);
  });
  t.after(stop);
  return target;

  async function stop(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}

/** Starts `node -e code` and waits until it printed `ready`. `code` may await, and has `fs`, `net`, `path` and `threads`. */
export async function startNode(t: TestContext, code: string, options: SpawnOptions = {}): Promise<Target> {
  const target = start(t, process.execPath, ['-e', `${preamble}(async () => {${code}})();`], options);
  await until(() => target.lines.includes('ready'), 'the target printed "ready"');
  return target;
}

const preamble = `const fs = require('node:fs'), net = require('node:net'), threads = require('node:worker_threads');
const ready = () => fs.writeSync(1, 'ready\\n'), say = value => fs.writeSync(1, value + '\\n'), stay = () => setInterval(() => {}, 1000);
const listen = (server, at) => new Promise(done => server.listen(at, '127.0.0.1', () => done(server.address().port)));
`;

/** Waits until `probe` returns something truthy, and returns it. */
export async function until<T>(probe: () => T, what: string): Promise<NonNullable<T>> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const value = probe();
    if (value) return value as NonNullable<T>;
    assert.ok(Date.now() < deadline, `waited too long until ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** The number printed after `<label> `. */
export async function numberSaid(target: Target, label: string): Promise<number> {
  const line = await until(() => target.lines.find(l => l.startsWith(`${label} `)), `the target printed "${label}"`);
  return Number(line.slice(label.length + 1));
}

/** Runs as root: only then processes of other users can be made. */
export const isRoot = process.getuid?.() === 0;

/** Python makes system calls as they are written, blocking ones too. For `skip` of a test. */
export const needsPython = spawnSync('python3', ['-V']).status === 0 ? false : 'needs python3';
