/** The CPU samples in a trace that Chromium records, as DevTools does. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromJson } from '@nops/core/profile/formats/from-json';
import { topEntries } from '@nops/core/profile/top';
import { chromium } from 'playwright-core';
import { executablePath, skip } from './browser.js';

test('a trace of a page that burns its time shows where', { skip }, async t => {
  const browser = await chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.setContent(
    '<script>function burnGuilty() { let x = 0; for (let i = 0; i < 1e7; i++) x += Math.sqrt(i); return x; }</script>',
  );
  await browser.startTracing(page, { categories: ['disabled-by-default-v8.cpu_profiler'] });
  await page.evaluate('{ const end = Date.now() + 400; while (Date.now() < end) burnGuilty(); }');
  const profile = fromJson(JSON.parse((await browser.stopTracing()).toString('utf8')));
  const guilty = topEntries(profile, { limit: 100 }).entries.find(entry => entry.function === 'burnGuilty');
  assert.ok(guilty !== undefined && guilty.cumPercent > 20, JSON.stringify(guilty));
});
