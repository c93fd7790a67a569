/** Runs a command in the foreground: its streams are ours, and so are its signals and its exit code. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { NopsError } from '@nops/core/protocol/errors';
import type { Context } from '../context.js';

export interface Ended {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** Within this a process that hears a signal has ended of it, or lets its app decide. */
const unheardMs = 1000;

/** Called when the command goes on after a signal; `pid` is its own, undefined where the terminal has sent it to all that it started. */
export type OnUnheard = (signal: 'SIGINT' | 'SIGTERM', pid: number | undefined) => void;

/** Throws `usage` when it can't be started. A first Ctrl-C or SIGTERM is the command's; another one kills it. */
export function runToEnd(
  context: Context,
  command: string[],
  env: NodeJS.ProcessEnv,
  onUnheard: OnUnheard = () => {},
): Promise<Ended> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env });
    let isInterrupted = false;
    let unheard: NodeJS.Timeout | undefined;
    const watch = (...signal: Parameters<OnUnheard>) => {
      unheard = setTimeout(onUnheard, unheardMs, ...signal);
    };
    const forget = context.onInterrupt(() => {
      isInterrupted = true;
      // A terminal sends it to both.
      const isForAll = process.stdin.isTTY === true;
      if (!isForAll) child.kill('SIGINT');
      watch('SIGINT', isForAll ? undefined : child.pid);
    }, 'each');
    const onAbort = () => {
      child.kill(isInterrupted ? 'SIGKILL' : 'SIGTERM');
      if (!isInterrupted) watch('SIGTERM', child.pid);
    };
    const onExit = () => child.kill('SIGKILL');
    context.signal.addEventListener('abort', onAbort, { once: true });
    process.on('exit', onExit);
    const release = context.hold('each');
    const done = () => {
      clearTimeout(unheard);
      forget();
      release();
      context.signal.removeEventListener('abort', onAbort);
      process.off('exit', onExit);
    };
    child.once('error', error => {
      done();
      reject(new NopsError('usage', `can't start ${file}: ${error.message}`, 'nops run [options] -- node app.js'));
    });
    child.once('exit', (exitCode, signal) => {
      done();
      resolve({ exitCode, signal });
    });
  });
}

/** As a shell has it. */
export function exitCodeOf({ exitCode, signal }: { exitCode: number | null; signal: string | null }): number {
  if (exitCode !== null) return exitCode;
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}
