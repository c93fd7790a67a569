/** Files of what the page shows, each read again by what such files are for; and the source of the selected function. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { encodeProfile } from '@nops/core/profile/encode';
import type { PprofRow } from '@nops/core/protocol/pprof-results';
import type { Page } from 'playwright-core';
import { nopsPath } from '../cli/helpers.js';
import { checkOut } from '../support/checkout.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openPage, skip, textOf } from './browser.js';
import { startUi } from './start-ui.js';

const run = promisify(execFile);

function writeLined(folder: string, source: string): string {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: 'wall', unit: 'nanoseconds' }],
    periodType: { type: 'wall', unit: 'nanoseconds' },
    period: 1,
    timeNanos: 0n,
    durationNanos: 0,
  });
  const at = (name: string, line: number) =>
    builder.locationId([{ functionId: builder.functionId(name, source, 1), line, column: 0 }]);
  builder.addSample([at('parse<b>', 3), at('main', 1)], [3e6], [{ key: 'route', text: '/a' }]);
  builder.addSample([at('parse<b>', 4), at('main', 1)], [1e6], [{ key: 'route', text: '/b' }]);
  builder.addSample([at('other', 9), at('main', 2)], [6e6]);
  const file = join(folder, 'lined.pb');
  writeFileSync(file, encodeProfile(builder.build()));
  return file;
}

async function exported(page: Page, command: string): Promise<string> {
  await page.keyboard.press('Control+k');
  await page.locator('.palette input:focus').waitFor();
  await page.keyboard.type(command);
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  return download.path();
}

test('every export holds exactly what is shown', { skip }, async t => {
  const folder = temporaryFolder(t);
  const source = join(folder, 'app.js');
  writeFileSync(source, 'first\nsecond\nconst slow = <b>1</b>;\nfourth\nfifth\n');
  const { commit, git } = checkOut(folder);
  git('remote', 'add', 'origin', 'git@github.com:owner/name.git');
  const file = writeLined(folder, source);
  const ui = await startUi(t, [file]);
  const { page, complaints } = await openPage(t, ui);
  await page.goto(`${ui.origin}/#f=focus:parse`);
  await textOf(page, '.chip', /only stacks with\s+parse/);

  await t.test('pprof: nops pprof reads it, and tells what the page tells', async () => {
    const pprof = await exported(page, 'export pprof');
    const args = [nopsPath, 'pprof', '-top', '-notrim', '--json', pprof];
    const { rows, total } = JSON.parse((await run(process.execPath, args)).stdout) as {
      rows: PprofRow[];
      total: number;
    };
    assert.equal(total, 4e6);
    assert.deepEqual(
      rows.map(({ name, flat, cum }) => [name, flat, cum]),
      [
        ['parse<b>', 4e6, 4e6],
        ['main', 0, 4e6],
      ],
    );
    const tags = await run(process.execPath, [nopsPath, 'pprof', '-tags', '--json', pprof]);
    assert.match(tags.stdout, /"route"/);
  });

  await t.test('collapsed, Markdown, SVG and PNG', async () => {
    const collapsed = readFileSync(await exported(page, 'export collapsed'), 'utf8');
    assert.equal(collapsed, 'main;parse<b> 4000000\n');
    const markdown = readFileSync(await exported(page, 'export markdown'), 'utf8');
    assert.match(markdown, /\| `parse&lt;b>` .*app\.js:1 \| 4 ms \(100\.0 %\) \| 4 ms \(100\.0 %\) \|/);
    assert.doesNotMatch(markdown, /other/);
    const svg = readFileSync(await exported(page, 'export svg'), 'utf8');
    assert.match(svg, /<title>parse&#60;b&#62; .*total 4 ms/);
    assert.doesNotMatch(svg, /<b>|other/);
    const png = readFileSync(await exported(page, 'export png'));
    assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  });

  await t.test('one HTML file, which opens with the same view', async () => {
    const html = join(folder, 'page.html');
    writeFileSync(html, readFileSync(await exported(page, 'export html')));
    const offline = await openPage(t, { url: pathToFileURL(html).href, origin: 'file://' });
    await textOf(offline.page, '.chip', /only stacks with\s+parse/);
    const again = await exported(offline.page, 'export html');
    assert.ok(readFileSync(again, 'utf8').includes('id="nops-profile"'), 'it can be exported from there too');
    assert.deepEqual(offline.complaints, []);
  });

  await t.test('the selected function with its source, heat and a way into an editor', async () => {
    await page.locator('.functions tbody tr', { hasText: 'parse' }).getByRole('button').click();
    await page.getByRole('button', { name: 'Selected' }).click();
    await textOf(page, '.lines tr.hot', /3 ms \(75\.0 %\)[\s\S]*const slow = <b>1<\/b>;/);
    await textOf(page, '.lines tr.warm', /1 ms \(25\.0 %\)[\s\S]*fourth/);
    const link = page.locator('.lines tr.hot a');
    assert.equal(await link.getAttribute('href'), `vscode://file${source}:3`);
    await page.getByLabel('Editor').selectOption('jetbrains');
    assert.equal(await link.getAttribute('href'), `idea://open?file=${source}&line=3`);
    const inRepository = page.getByRole('link', { name: 'Line 3 in the repository' });
    assert.equal(await inRepository.getAttribute('href'), `https://github.com/owner/name/blob/${commit}/app.js#L3`);
  });

  assert.deepEqual(complaints, []);
});
