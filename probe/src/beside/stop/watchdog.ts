/**
 * A small process in a session of its own that continues a stopped process when we can't: killed, crashed, or held up. It is ready before
 * the process is stopped. Over a pipe it is told one byte each time:
 *
 *   us        |   s SIGSTOP … read … SIGCONT c      s SIGSTOP … killed: the pipe ends
 *   watchdog  |   holds for 2 s at most ────▶ ✓     holds ─────────────▶ SIGCONT
 *
 * It signals only between `s` and `c`, and only the process that has the start time it was given.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';

/** A process is held for this long at the very most. */
const longestHoldMs = 2000;

const startDeadlineMs = 10_000;

/** Runs in the watchdog. Arguments: pid, start time (field 22 of proc_pid_stat(5)), milliseconds. */
const source = `
const { readFileSync } = require('node:fs');
const [pid, startTime, ms] = process.argv.slice(1);
let held;
const isSame = () => {
  try {
    const line = readFileSync('/proc/' + pid + '/stat', 'latin1');
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] === startTime;
  } catch { return false; }
};
const letGo = () => {
  if (held === undefined) return;
  clearTimeout(held);
  held = undefined;
  try { if (isSame()) process.kill(Number(pid), 'SIGCONT'); } catch {}
};
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});
process.stdin.on('data', bytes => {
  for (const byte of bytes) {
    clearTimeout(held);
    held = byte === 115 ? setTimeout(letGo, Number(ms)) : undefined;
  }
});
process.stdin.on('end', letGo).on('error', letGo);
process.stdout.on('error', () => {}).write('r');
`;

export class Watchdog {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when it is ready. Throws `impossible` when it can't be started. */
  static async start(pid: number, startTime: string): Promise<Watchdog> {
    const args = ['-e', source, String(pid), startTime, String(longestHoldMs)];
    const child = spawn(process.execPath, args, {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
      cwd: '/',
    });
    child.stdin.on('error', () => {}); // it is gone: the next message says so
    const dead = once(child, 'exit').then(() => false);
    const ready = await Promise.race([
      once(child.stdout, 'data').then(() => true),
      dead,
      sleep(startDeadlineMs, false, { ref: false }),
    ]).catch(() => false);
    const watchdog = new Watchdog(child);
    if (ready) return watchdog;
    watchdog.close();
    throw new NopsError(
      'impossible',
      'the watchdog that continues the process if nops is killed did not start, so nothing was stopped',
      'Look without --stop.',
    );
  }

  /** To be called right before SIGSTOP. False when the watchdog did not take it: then nothing may be stopped. */
  holding(): boolean {
    return this.#tell('s');
  }

  /** To be called right after SIGCONT. */
  released(): void {
    this.#tell('c');
  }

  /** Lets it end, without a signal unless it was left holding. */
  close(): void {
    this.#child.stdin?.end();
    this.#child.stdout?.destroy();
    this.#child.unref();
  }

  /** libuv writes at once when nothing waits before it, so what is no longer queued is in the pipe, also when we are killed now. */
  #tell(byte: string): boolean {
    const { stdin, exitCode, signalCode } = this.#child;
    if (stdin === null || exitCode !== null || signalCode !== null || !stdin.writable) return false;
    stdin.write(byte);
    return stdin.writableLength === 0;
  }
}
