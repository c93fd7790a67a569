/**
 * The `nops` command. The only file that ends the process: exit codes are core's (protocol/errors.ts), 70 for a bug of ours
 * (EX_SOFTWARE of sysexits.h), 128 + signal number when a signal ended it
 * that we had to listen to; else the kernel ends the process of it: see interruption.ts.
 */

import './linear-expressions.js';
import { exitCodes, NopsError } from '@nops/core/protocol/errors';
import { run } from './command-line/run.js';
import { Interruption } from './interruption.js';
import { formatBug, formatRefusal } from './output/refusal.js';
import { createWriter } from './output/writer.js';

const bugExit = 70;
const signalNumbers = { SIGINT: 2, SIGTERM: 15 };

const stderr = createWriter(process.stderr);

const interruption = new Interruption(name => process.exit(128 + signalNumbers[name]));

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
  interruption,
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
  if (interruption.endedBy !== undefined) return 128 + signalNumbers[interruption.endedBy];
  if (error instanceof NopsError) {
    stderr.write(formatRefusal(error));
    return exitCodes[error.code];
  }
  stderr.write(formatBug(error));
  return bugExit;
}
