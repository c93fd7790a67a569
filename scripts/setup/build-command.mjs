// Bundles the command with Rolldown when something that it is made of is newer. Without a bundle, or with one that is older than what tsc
// compiled, cli/bin/nops.js runs the compiled modules: the same command, slower to start.

import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './error.mjs';
import { newestIn } from './newest.mjs';
import { run } from './run.mjs';

const deadlineMs = 120_000;
const packages = ['cli', 'core', 'probe'];
/** Folders and files that the bundle is made of, and what tells the time of the last compilation. */
const inputs = [
  ...packages.flatMap(name => [`${name}/src`, `${name}/package.json`, `${name}/dist/.tsbuildinfo`]),
  'cli/rolldown.config.mjs',
  'package-lock.json',
];

/**
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function buildCommand(root, say) {
  const bundle = path.join(root, 'cli', 'bundle', 'main.cjs');
  const config = path.join(root, 'cli', 'rolldown.config.mjs');
  const newest = Math.max(...inputs.map(input => newestIn(path.join(root, input))));
  if (!fs.existsSync(config) || newestIn(bundle) > newest) return;
  const started = Date.now();
  const rolldown = path.join(root, 'node_modules', 'rolldown', 'bin', 'cli.mjs');
  const args = [rolldown, '-c', config, '--logLevel', 'warn'];
  const { code, output } = await run(process.execPath, args, { cwd: root, deadlineMs });
  if (code !== 0) {
    throw new SetupError(
      `the command could not be bundled:\n${output.trimEnd()}`,
      'Repair the errors above, then run the command again.',
    );
  }
  say(`bundled the command in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
