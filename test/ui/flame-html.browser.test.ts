/** `nops pprof -flame.html`: one file, opened from the disk in a real browser, with nothing from elsewhere. */

import assert from 'node:assert/strict';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { nops } from '../cli/helpers.js';

const executablePath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap(folder => ['chromium', 'chromium-browser', 'google-chrome'].map(name => join(folder, name)))
  .find(isExecutable);
const skip = executablePath === undefined ? 'no Chromium is installed (Debian: apt-get install chromium)' : false;
const cpu = fileURLToPath(new URL('../../fixtures/pprof/go-cpu-1.pb.gz', import.meta.url));

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

test('it shows what the filters left, and asks nobody', { skip }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'nops-flame-'));
  const file = join(folder, 'flame.html');
  const written = await nops(['pprof', '-flame.html', '-o', file, '-focus=fibonacci', cpu]);
  assert.equal(written.code, 0, written.stderr);
  const context = await chromium.launchPersistentContext(join(folder, 'browser'), {
    executablePath: executablePath ?? '',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
    ],
  });
  t.after(async () => {
    await context.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const complaints: string[] = [];
  context.on('request', request => {
    if (!/^(?:file|data|blob):/.test(request.url())) complaints.push(`request to ${request.url()}`);
  });
  context.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  context.on('weberror', error => complaints.push(String(error.error())));
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector('.functions tbody td');
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
