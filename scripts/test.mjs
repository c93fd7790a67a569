// `npm test`: sets the checkout up, runs the compiled tests but for the slow ones (test/slow.json), and ends with the line
// `N passed, N failed`, `, N skipped` after it when some were. `npm test -- filter ...` runs the files whose path contains a filter, slow
// or not; `npm run test:all` (`--all`) all of them. `--budget=N`: no file starts later than N seconds after the start.

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';
import { chooseFiles, readSlow } from './test/choose.mjs';

let summary = '0 passed, 0 failed';
process.on('exit', () => console.log(summary));

const { values, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean', default: false }, budget: { type: 'string', default: 'Infinity' } },
});
const all = values.all === true;
const budgetMs = Number(values.budget) * 1000;
if (Number.isNaN(budgetMs)) {
  console.error(`test: --budget is a number of seconds, not ${JSON.stringify(values.budget)}`);
  process.exit(1);
}

// What is not slow needs no browser.
await setupOrExit({ browser: all || filters.length > 0, nodes: true });
// Only now: it needs a newer Node than the one that is to be told that it is too old.
const { runFiles } = await import('./test/run-files.mjs');

const compiled = path.join(root, 'test', 'dist');
const names = chooseFiles(testFiles(compiled), { filters, all, slow: readSlow(root) });
if (names.length === 0) {
  console.error(`test: no test file's path contains ${filters.map(filter => JSON.stringify(filter)).join(' or ')}`);
  process.exit(1);
}

const lastStartMs = budgetMs - performance.now();
const { leftOut, ...counts } = await runFiles(
  names.map(name => path.join(compiled, name)),
  { lastStartMs },
);
if (leftOut.length > 0) {
  const paths = leftOut.map(file => path.relative(compiled, file).replace(/\.test\.js$/, ''));
  console.log(`test: no time was left for ${leftOut.length} of ${names.length} files: ${paths.join(', ')}`);
}
summary = `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`;
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);

/** Every compiled test under `folder`, as a path below test/dist, in order. @param {string} folder @returns {string[]} */
function testFiles(folder) {
  if (!fs.existsSync(folder)) return [];
  const entries = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap(entry => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(full);
    return entry.name.endsWith('.test.js') ? [path.relative(compiled, full)] : [];
  });
}
