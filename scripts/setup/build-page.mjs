// Bundles the page of `nops ui` with Vite, from the compiled core, when something that it is made of is newer than it.

import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './error.mjs';
import { newestIn } from './newest.mjs';
import { run } from './run.mjs';

const deadlineMs = 120_000;
/** Folders and files that the page is made of. A folder's own time tells that a file in it has gone. */
const inputs = [
  'ui/src',
  'ui/index.html',
  'ui/vite.config.ts',
  'ui/offline-page.ts',
  'ui/package.json',
  'core/src',
  'package-lock.json',
];

/**
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function buildPage(root, say) {
  const page = path.join(root, 'cli', 'ui', 'index.html');
  const newest = Math.max(...inputs.map(input => newestIn(path.join(root, input))));
  if (!fs.existsSync(path.join(root, 'ui', 'index.html')) || newestIn(page) > newest) return;
  const started = Date.now();
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', 'ui', '--logLevel', 'warn'];
  const { code, output } = await run(process.execPath, args, { cwd: root, deadlineMs });
  if (code !== 0) {
    throw new SetupError(
      `the page of nops ui could not be built:\n${output.trimEnd()}`,
      'Repair the errors above, then run the command again.',
    );
  }
  say(`built the page of nops ui in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
