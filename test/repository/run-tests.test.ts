/** The runner of `npm test`, on small test files that each end in another way. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { makeTree, root, runNode } from './checkout.js';

const runner = pathToFileURL(path.join(root, 'scripts/test/run-files.mjs')).href;

/** Runs test files given as text; what the runner counted, and everything that was printed. `options`: its own, as code. */
function runTests(t: TestContext, files: Record<string, string>, options = '{}'): { counts: unknown; output: string } {
  const names = JSON.stringify(Object.keys(files));
  const folder = makeTree(t, {
    ...files,
    'run.mjs': `import { runFiles } from ${JSON.stringify(runner)};
      const counts = await runFiles(${names}.map(name => import.meta.dirname + '/' + name), ${options});
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
  assert.deepEqual(counts, { passed: 5, failed: 2, skipped: 1, leftOut: [] });
});

test('a file without a test, one that does not load and a hook that throws are failures', t => {
  const { counts, output } = runTests(t, {
    'none.test.mjs': 'export {};',
    'load.test.mjs': `throw new Error('does not load');`,
    'hook.test.mjs': `import { after, describe, it } from 'node:test';
      describe('suite', () => { after(() => { throw new Error('hook'); }); it('passes', () => {}); });`,
  });
  assert.deepEqual(counts, { passed: 1, failed: 3, skipped: 0, leftOut: [] }, output);
  assert.match(output, /none\.test\.mjs contains no test/);
});

test('files are told one after the other, each with its time; the failures once more at the end', t => {
  const file = (name: string) => `import test from 'node:test';
    test('${name} first', () => {});
    test('${name} second', async () => { await new Promise(r => setTimeout(r, 200)); throw new Error('${name}'); });`;
  const { counts, output } = runTests(t, { 'a.test.mjs': file('a'), 'b.test.mjs': file('b') });
  assert.deepEqual(counts, { passed: 2, failed: 2, skipped: 0, leftOut: [] });
  for (const name of ['a', 'b'])
    assert.match(output, new RegExp(`${name}\\.test\\.mjs, [\\d.]+ s\\n✔ ${name} first .*\\n✖ ${name} second `));
  assert.match(
    output.slice(output.indexOf('failing tests:')),
    /✖ a second[\s\S]*✖ b second|✖ b second[\s\S]*✖ a second/,
  );
});

test('no file starts when its time is over, and which did not is known', t => {
  const file = `import test from 'node:test'; test('runs', () => {});`;
  const { counts, output } = runTests(t, { 'a.test.mjs': file, 'b.test.mjs': file }, '{ lastStartMs: 0 }');
  const { leftOut, ...rest } = counts as { leftOut: string[] };
  assert.deepEqual(rest, { passed: 0, failed: 0, skipped: 0 });
  assert.deepEqual(
    leftOut.map(path => path.split('/').at(-1)),
    ['a.test.mjs', 'b.test.mjs'],
  );
  assert.doesNotMatch(output, /✔/);
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
  assert.deepEqual(counts, { passed: 1, failed: 0, skipped: 0, leftOut: [] });
  const pid = Number(/LEFT(\d+)/.exec(output)?.[1]);
  assert.match(output, new RegExp(`ended what tests left running: ${pid} `));
  assert.equal(isRunning(pid), false);
});
