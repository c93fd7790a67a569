// `npm run demo [-- arguments]`: sets the checkout up, then runs the walk-through of examples/blocked-read against real processes.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

await setupOrExit();

const demo = path.join(root, 'examples', 'dist', 'blocked-read', 'demo.js');
const child = spawn(process.execPath, [demo, ...process.argv.slice(2)], { stdio: 'inherit' });

// Ctrl-C in a terminal reaches the whole process group, so the demo has it already.
const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
process.on('SIGINT', () => {
  if (!onTerminal) child.kill('SIGINT');
});
process.on('SIGTERM', () => child.kill('SIGTERM'));

child.once('error', error => {
  console.error(`demo: could not start: ${error.message}`);
  process.exit(1);
});
// As a shell does: 128 and the signal's number.
child.once('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
