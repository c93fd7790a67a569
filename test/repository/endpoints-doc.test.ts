/** docs/endpoints.md names every endpoint that there is, with its parameters. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints } from '@nops/core/protocol/endpoints';
import { readRoot } from './checkout.js';

test('every endpoint and each of its parameters stands in docs/endpoints.md, and no other', () => {
  const text = readRoot('docs/endpoints.md');
  for (const { method, path, params } of Object.values(endpoints)) {
    const row = text.split('\n').find(line => line.startsWith(`| \`${method} ${path}\``));
    assert.ok(row !== undefined, `${method} ${path}`);
    for (const name of Object.keys(params)) assert.ok(row.includes(`\`${name}\``), `${path}: ${name}`);
  }
  assert.equal(text.match(/^\| `(?:GET|POST) /gm)?.length, Object.keys(endpoints).length);
});
