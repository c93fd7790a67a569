/**
 * A small process in a session of its own that closes the inspector which we had a process open, when we can't: killed, crashed, or given
 * up before it was there. It is ready before the signal is sent. As long as the pipe to it is open it does nothing; one byte on it says
 * that all is closed, or that all is closed but may open again; its end without that byte says that something may be left.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { closerProgram } from './closer-program.js';
import { networkOf } from './network.js';
import type { Turn } from './turn.js';

/** A process may be held up for long before it opens the inspector that it was asked for. */
const lateMs = 15 * 60_000;
/** Node starts in 40 ms; with forty processes on two cores it has taken over 10 s. */
/** Starting a process takes long on a busy machine. */
export const startDeadlineMs = 30_000;

export class Closer {
  readonly #child: ChildProcess;
  readonly #turn: Turn;

  private constructor(child: ChildProcess, turn: Turn) {
    this.#child = child;
    this.#turn = turn;
  }

  /** `before`: the ports that it listened on already; `turn` ends before it begins. Resolves when it is ready. Throws `impossible` when it can't be started: then nothing may be opened. */
  static async start(pid: number, startTime: string, before: ReadonlySet<number>, turn: Turn): Promise<Closer> {
    const args = [String(pid), startTime, String(lateMs), [...before].join(), turn.path ?? '', String(process.pid)];
    const words = [...networkOf(pid), process.execPath, '-e', closerProgram, ...args];
    const [command = '', ...rest] = words;
    const child = spawn(command, rest, {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
      cwd: '/',
    });
    child.stdin.on('error', () => {}); // it is gone
    const dead = Promise.race([once(child, 'exit'), once(child, 'error')]).then(() => false);
    const ready = await Promise.race([
      once(child.stdout, 'data').then(() => true),
      dead,
      sleep(startDeadlineMs, false, { ref: false }),
    ]).catch(() => false);
    if (!ready) {
      child.kill('SIGKILL');
      throw new NopsError(
        'impossible',
        'what closes the inspector if nops is killed could not be started: no signal was sent',
      );
    }
    child.stdout.destroy();
    child.unref();
    return new Closer(child, turn);
  }

  /** All is closed: it ends without doing anything. */
  done(): void {
    this.#turn.end();
    this.#child.stdin?.end('d');
  }

  /** All is closed, but the signal still waits for the event loop: it watches until that has come round, and closes what opens then. */
  watch(): void {
    this.#turn.end();
    this.#child.stdin?.end('w');
  }

  /** Something may be left open, now or later: it watches for that, and closes it. */
  takeOver(): void {
    this.#turn.end();
    this.#child.stdin?.end();
  }
}
