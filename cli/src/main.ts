/**
 * The `nops` command. The only file that ends the process: exit codes are core's (protocol/errors.ts), 70 for a bug of ours
 * (EX_SOFTWARE of sysexits.h), 128 + signal number when a signal ended it.
 */

import './linear-expressions.js';
import { exitCodes, NopsError } from '@nops/core/protocol/errors';
import { run } from './command-line/run.js';
import { formatBug, formatRefusal } from './output/refusal.js';
import { createWriter } from './output/writer.js';

const bugExit = 70;
const signalNumbers = { SIGINT: 2, SIGTERM: 15 };

const stderr = createWriter(process.stderr);

const abort = new AbortController();
let interruptedBy: keyof typeof signalNumbers | undefined;

/** What the first Ctrl-C ends instead of the command. */
const interrupts = new Set<() => void>();

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (name === 'SIGINT' && interrupts.size > 0) {
      const actions = [...interrupts];
      interrupts.clear();
      for (const action of actions) action();
      return;
    }
    // A second Ctrl-C does not wait for anything.
    if (interruptedBy !== undefined) process.exit(128 + signalNumbers[name]);
    interruptedBy = name;
    abort.abort();
  });
}

// The reader left (`nops | head`): there is nobody to tell anything more.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

// What is thrown outside of `run`'s promise, in an event handler, is a bug as well.
process.on('uncaughtException', error => process.exit(tell(error)));

const world = {
  variables: process.env,
  stdin: () => process.stdin,
  stdout: createWriter(process.stdout),
  stderr,
  signal: abort.signal,
  interrupts,
};
// No await: the bundle is CommonJS.
run(process.argv.slice(2), world).then(
  code => {
    process.exitCode = code;
  },
  error => {
    process.exitCode = tell(error);
  },
);

/** Says on standard error what went wrong; the exit code for it. */
function tell(error: unknown): number {
  if (interruptedBy !== undefined) return 128 + signalNumbers[interruptedBy];
  if (error instanceof NopsError) {
    stderr.write(formatRefusal(error));
    return exitCodes[error.code];
  }
  stderr.write(formatBug(error));
  return bugExit;
}
