// `npm run lint [-- step…]`: every check that needs no running process. Without names it runs all of them, and exits with 1 when one failed.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

/** What runs each check, as arguments for node; `title` says what it finds. */
const steps = {
  format: {
    title: 'format and lint (biome)',
    args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  },
  types: { title: 'types of the scripts (tsc)', args: ['node_modules/typescript/bin/tsc', '-p', 'scripts'] },
  imports: { title: 'import rules and cycles', args: ['scripts/check-imports.mjs'] },
  files: { title: 'who opens files by path', args: ['scripts/check-files.mjs'] },
  unused: {
    title: 'unused files, exports and dependencies (knip)',
    args: ['node_modules/knip/bin/knip.js', '--no-progress'],
  },
};

const names = process.argv.slice(2);
const unknown = names.find(name => !(name in steps));
if (unknown !== undefined) {
  console.error(`lint: there is no step ${JSON.stringify(unknown)}; there are ${Object.keys(steps).join(', ')}`);
  process.exit(2);
}
await setupOrExit({ build: false });

/** @type {string[]} */
const failed = [];
for (const [name, step] of Object.entries(steps)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`\n== ${name}: ${step.title}`);
  const [script = '', ...args] = step.args;
  const { status } = spawnSync(process.execPath, [path.join(root, script), ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? '\nlint: all fine' : `\nlint: failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
