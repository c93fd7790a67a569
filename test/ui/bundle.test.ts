/** What a browser has to load before it draws anything, and that one file holds all of it. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const folder = new URL('../../../cli/ui/', import.meta.url);
const budgetBytes = 120_000;

test('the page, its style, its script and the worker’s stay below 120 kB gzipped', () => {
  const files = ['index.html', ...readdirSync(new URL('assets/', folder)).map(name => `assets/${name}`)];
  assert.ok(files.length >= 4, files.join());
  const sizes = files.map(name => gzipSync(readFileSync(new URL(name, folder))).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total > 10_000 && total <= budgetBytes, `${total} bytes: ${files.map((f, i) => `${f} ${sizes[i]}`)}`);
});

test('the page as one file loads nothing', () => {
  const page = readFileSync(new URL('offline.html', folder), 'utf8');
  const markup = page.replace(/(<script[^>]*>)[\s\S]*?<\/script>/g, '$1').replace(/<style>[\s\S]*?<\/style>/g, '');
  assert.doesNotMatch(markup, / src=| href="(?!data:)/);
  assert.match(markup, /default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+';/);
  assert.ok(
    page.indexOf('<!-- profile -->') < page.indexOf('id="nops-worker"'),
    'the place for the profile comes first',
  );
});
