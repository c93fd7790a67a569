/** `nops pprof -flame.html`: one file, opened from the disk in a real browser, with nothing from elsewhere. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nops } from '../cli/helpers.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openPage, skip } from './browser.js';

const cpu = fileURLToPath(new URL('../../fixtures/pprof/go-cpu-1.pb.gz', import.meta.url));

test('it shows what the filters left, and asks nobody', { skip }, async t => {
  const file = join(temporaryFolder(t), 'flame.html');
  const written = await nops(['pprof', '-flame.html', '-o', file, '-focus=fibonacci', cpu]);
  assert.equal(written.code, 0, written.stderr);
  const { page, complaints } = await openPage(t, { url: pathToFileURL(file).href, origin: 'file:' });
  const text = (await page.locator('.functions').textContent()) ?? '';
  assert.match(text, /main\.fibonacci/);
  assert.doesNotMatch(text, /cmpbody/);
  assert.deepEqual(complaints, []);
});

test('without a file to write to it is refused', async () => {
  const refused = await nops(['pprof', '-flame.html', cpu]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /-flame\.html needs a file to write to/);
});
