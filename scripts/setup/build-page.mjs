// Bundles the page of `nops ui` with Vite, from the compiled core, when something that it is made of is newer than it.

import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './error.mjs';
import { run } from './run.mjs';

const deadlineMs = 120_000;
/** Folders and files that the page is made of. A folder's own time tells that a file in it has gone. */
const inputs = ['ui/src', 'ui/index.html', 'ui/vite.config.ts', 'ui/package.json', 'core/src', 'package-lock.json'];

/**
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function buildPage(root, say) {
  const page = path.join(root, 'ui', 'dist', 'index.html');
  const newest = Math.max(...inputs.map(input => newestIn(path.join(root, input))));
  if (!fs.existsSync(path.join(root, 'ui', 'index.html')) || timeOf(page) > newest) return;
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

/** The time of the newest file or folder in `file`, itself included. @param {string} file @returns {number} */
function newestIn(file) {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isDirectory()) return stats?.mtimeMs ?? 0;
  return Math.max(stats.mtimeMs, ...fs.readdirSync(file).map(name => newestIn(path.join(file, name))));
}

/** @param {string} file */
function timeOf(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
