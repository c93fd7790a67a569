// Bundles with Rolldown what is stale: the command, and the agent that `nops attach` injects.

import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './error.mjs';
import { newestIn } from './newest.mjs';
import { run } from './run.mjs';

const deadlineMs = 120_000;

/**
 * One thing to bundle: its configuration, the file that is as old as the bundle, and the packages that it is made of.
 * @typedef {{ name: string, config: string, bundle: string, packages: string[] }} Bundle
 */

/**
 * Bundles it when something that it is made of is newer.
 * @param {string} root
 * @param {Bundle} what
 * @param {(line: string) => void} say
 */
export async function bundle(root, { name, config, bundle: file, packages }, say) {
  const newest = Math.max(...inputs(config, packages).map(input => newestIn(path.join(root, input))));
  if (!fs.existsSync(path.join(root, config)) || newestIn(path.join(root, file)) > newest) return;
  const started = Date.now();
  const rolldown = path.join(root, 'node_modules', 'rolldown', 'bin', 'cli.mjs');
  const args = [rolldown, '-c', path.join(root, config), '--logLevel', 'warn'];
  const { code, output } = await run(process.execPath, args, { cwd: root, deadlineMs });
  if (code !== 0) {
    throw new SetupError(
      `${name} could not be bundled:\n${output.trimEnd()}`,
      'Repair the errors above, then run the command again.',
    );
  }
  say(`bundled ${name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Folders and files that a bundle is made of, and what tells the time of the last compilation. @param {string} config @param {string[]} packages */
function inputs(config, packages) {
  const ofPackages = packages.flatMap(name => [`${name}/src`, `${name}/package.json`, `${name}/dist/.tsbuildinfo`]);
  return [...ofPackages, config, 'package-lock.json'];
}
