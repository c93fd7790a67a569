/** Runs a command in the foreground: its streams are ours, and so are its signals and its exit code. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { NopsError } from '@nops/core/protocol/errors';
import type { Context } from '../context.js';

export interface Ended {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** Throws `usage` when it can't be started. A first Ctrl-C or SIGTERM is the command's; another one kills it. */
export function runToEnd(context: Context, command: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env });
    let isInterrupted = false;
    const forget = context.onInterrupt(() => {
      isInterrupted = true;
      // A terminal sends it to both.
      if (!process.stdin.isTTY) child.kill('SIGINT');
    });
    const onAbort = () => child.kill(isInterrupted ? 'SIGKILL' : 'SIGTERM');
    const onExit = () => child.kill('SIGKILL');
    context.signal.addEventListener('abort', onAbort, { once: true });
    process.on('exit', onExit);
    const done = () => {
      forget();
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
