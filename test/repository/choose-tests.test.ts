/** Which test files run: test/slow.json, filters, and all of them. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readRoot, root } from './checkout.js';

interface Chooser {
  chooseFiles(names: string[], options: { filters: string[]; all: boolean; slow: string[] }): string[];
  readSlow(root: string): string[];
}

const { chooseFiles, readSlow } = (await import(
  pathToFileURL(path.join(root, 'scripts/test/choose.mjs')).href
)) as Chooser;
const names = [
  'a/fast.test.js',
  'core/unit.test.js',
  'a/slow.test.js',
  'b/x.browser.test.js',
  'security/one.test.js',
  'security/two.test.js',
];
const slow = ['security/', 'a/slow', '.browser.test'];
const choose = (filters: string[], all: boolean) => chooseFiles(names, { filters, all, slow });

test('without a word, what is not slow, unit tests first; with --all, the slow ones after it in the order of the list', () => {
  assert.deepEqual(choose([], false), ['core/unit.test.js', 'a/fast.test.js']);
  assert.deepEqual(choose([], true), [
    'core/unit.test.js',
    'a/fast.test.js',
    'security/one.test.js',
    'security/two.test.js',
    'a/slow.test.js',
    'b/x.browser.test.js',
  ]);
});

test('a filter chooses among all files, slow or not', () => {
  assert.deepEqual(choose(['slow', 'two'], false), ['a/slow.test.js', 'security/two.test.js']);
  assert.deepEqual(choose(['nothing'], true), []);
});

test('each entry of test/slow.json says why, and leads to a file; attacks are the first', () => {
  const entries = JSON.parse(readRoot('test/slow.json')) as { path: string; why: string }[];
  const files = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' });
  const tests = files.filter(name => name.endsWith('.test.ts'));
  for (const entry of entries) {
    assert.ok(entry.why.length > 0, entry.path);
    const leads = tests.some(name => name.includes(entry.path)) || existsSync(path.join(root, 'test', entry.path));
    assert.ok(leads, `test/slow.json: no test's path contains ${entry.path}`);
  }
  assert.equal(readSlow(root)[0], 'security/');
});

test('npm test has tests of every part', () => {
  const tests = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts'))
    .map(name => name.replace(/\.ts$/, '.js'));
  const chosen = chooseFiles(tests, { filters: [], all: false, slow: readSlow(root) });
  for (const part of [
    'agent/',
    'cli/',
    'core/',
    'end-to-end/',
    'probe/beside/',
    'probe/stack/',
    'repository/',
    'trace/',
    'ui/',
  ])
    assert.ok(
      chosen.some(name => name.startsWith(part)),
      part,
    );
});
