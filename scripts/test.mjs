// `npm test [-- filters]`: sets the checkout up, runs the compiled tests (those whose path contains a filter, when there is one), and
// ends with the line `N passed, N failed`, `, N skipped` after it when some were.

import fs from 'node:fs';
import path from 'node:path';
import { root } from './setup/root.mjs';
import { setupOrExit } from './setup.mjs';

let summary = '0 passed, 0 failed';
process.on('exit', () => console.log(summary));

await setupOrExit({ browser: true, nodes: true });
// Only now: it needs a newer Node than the one that is to be told that it is too old.
const { runFiles } = await import('./test/run-files.mjs');

const compiled = path.join(root, 'test', 'dist');
const filters = process.argv.slice(2);
const files = testFiles(compiled).filter(file => {
  const name = path.relative(compiled, file);
  return filters.length === 0 || filters.some(filter => name.includes(filter));
});
if (files.length === 0) {
  console.error(`test: no test file's path contains ${filters.map(filter => JSON.stringify(filter)).join(' or ')}`);
  process.exit(1);
}

const counts = await runFiles(files);
summary = `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`;
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);

/** Every compiled test under `folder`, in order. @param {string} folder @returns {string[]} */
function testFiles(folder) {
  if (!fs.existsSync(folder)) return [];
  const entries = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap(entry => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(full);
    return entry.name.endsWith('.test.js') ? [full] : [];
  });
}
