/** The runner of `npm test`, on small test files that each end in another way. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { makeTree, root, runNode } from './checkout.js';

const runner = pathToFileURL(path.join(root, 'scripts/test/run-files.mjs')).href;

/** Runs test files given as text; what the runner counted, and everything that was printed. */
function runTests(t: TestContext, files: Record<string, string>): { counts: unknown; output: string } {
  const names = JSON.stringify(Object.keys(files));
  const folder = makeTree(t, {
    ...files,
    'run.mjs': `import { runFiles } from ${JSON.stringify(runner)};
      const counts = await runFiles(${names}.map(name => import.meta.dirname + '/' + name));
      console.log('COUNTS' + JSON.stringify(counts));
      process.exit(0);`,
  });
  const { output } = runNode([path.join(folder, 'run.mjs')]);
  const counted = /^COUNTS(.*)$/m.exec(output)?.[1];
  assert.ok(counted !== undefined, output);
  return { counts: JSON.parse(counted), output };
}

/** A process that ended but that nobody waited for has no command line any more. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'latin1') !== '';
}

test('leaf tests are counted, groups are not', t => {
  const { counts } = runTests(t, {
    'a.test.mjs': `import test, { describe, it } from 'node:test';
      test('one', () => {});
      describe('suite', () => { it('two', () => {}); it.skip('three'); describe('inner', () => { it('four', () => {}); }); });
      test('parent', async t => { await t.test('five', () => {}); await t.test('six', () => { throw new Error('six'); }); });
      test('seven', () => { throw new Error('seven'); });`,
    'b.test.mjs': `import test from 'node:test'; test('eight', () => {});`,
  });
  assert.deepEqual(counts, { passed: 5, failed: 2, skipped: 1 });
});

test('a file without a test, one that does not load and a hook that throws are failures', t => {
  const { counts, output } = runTests(t, {
    'none.test.mjs': 'export {};',
    'load.test.mjs': `throw new Error('does not load');`,
    'hook.test.mjs': `import { after, describe, it } from 'node:test';
      describe('suite', () => { after(() => { throw new Error('hook'); }); it('passes', () => {}); });`,
  });
  assert.deepEqual(counts, { passed: 1, failed: 3, skipped: 0 }, output);
  assert.match(output, /none\.test\.mjs contains no test/);
});

test('processes that tests leave running are ended', { skip: process.platform !== 'linux' && 'reads /proc' }, t => {
  const { counts, output } = runTests(t, {
    'a.test.mjs': `import { spawn } from 'node:child_process';
      import test from 'node:test';
      test('leaves one', () => {
        const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
        child.unref();
        console.log('LEFT' + child.pid);
      });`,
  });
  assert.deepEqual(counts, { passed: 1, failed: 0, skipped: 0 });
  const pid = Number(/LEFT(\d+)/.exec(output)?.[1]);
  assert.match(output, new RegExp(`ended what tests left running: ${pid} `));
  assert.equal(isRunning(pid), false);
});
