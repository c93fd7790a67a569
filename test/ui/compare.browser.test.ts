/** Two profiles on the page, and profiles that were recorded before. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { compareProfiles } from '@nops/core/profile/compare';
import { decodeProfile } from '@nops/core/profile/decode';
import { agentRegister, startTarget, until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openPage, read, skip, textOf } from './browser.js';
import { startUi, writeProfile } from './start-ui.js';

test('two files are compared: what is new, gone, more and less is what nops diff tells', { skip }, async t => {
  const before = writeProfile(temporaryFolder(t), [
    [['main', 'parse'], 600],
    [['main', 'render'], 300],
    [['main', 'old'], 100],
  ]);
  const after = writeProfile(temporaryFolder(t), [
    [['main', 'parse'], 600],
    [['main', 'render'], 1200],
    [['main', 'fresh'], 200],
  ]);
  const decode = (file: string) => decodeProfile(gunzipSync(readFileSync(file)));
  const expected = new Map(compareProfiles(decode(before), decode(after), '').rows.map(row => [row.function, row]));
  const { page, complaints } = await openPage(t, await startUi(t, [after, before]));
  await page.getByRole('combobox', { name: 'against' }).selectOption({ index: 2 });
  await textOf(page, '.functions thead', /Change/);
  const rows = await page
    .locator('.functions tbody tr:has(td)')
    .evaluateAll(all =>
      all.map(row => [row.querySelector('.name')?.textContent, row.querySelector('td.cost span')?.textContent]),
    );
  assert.equal(rows.length, expected.size);
  for (const [name = '', change = ''] of rows as [string, string][]) {
    const row = expected.get(name);
    const points = row?.cumPoints ?? Number.NaN;
    const word = row?.before.cum === 0 ? 'new' : row?.after.cum === 0 ? 'gone' : '';
    // No sign where nothing has changed at the precision that is shown.
    const shown = Math.abs(points).toFixed(1);
    const sign = shown === '0.0' ? '' : points < 0 ? '−' : '+';
    assert.equal(change.trim(), `${sign}${shown} ${word}`.trim(), name);
  }
  assert.match(page.url(), /base=file-2.*compare=sides/);
  await page.getByRole('combobox', { name: 'against' }).selectOption('');
  await until(
    async () => !(await read(page.locator('.functions thead'))).includes('Change') || undefined,
    () => 'the column of changes gone',
  );
  assert.deepEqual(complaints, []);
});

test('what was recorded stays in the library, and can be found and opened there', { skip }, async t => {
  const target = await startTarget(
    t,
    'setInterval(function busy() { const end = Date.now() + 20; while (Date.now() < end); }, 30)',
    {
      execArgv: ['--import', agentRegister],
    },
  );
  const state = temporaryFolder(t);
  const env = { NOPS_DIR: target.folder, XDG_STATE_HOME: state };
  await startUi(t, [String(target.pid), '-s', '1'], env);
  const { page, complaints } = await openPage(t, await startUi(t, [], env), { ready: '.library button' });
  await page.getByLabel('Recorded before').getByRole('searchbox').fill('nothing like it');
  assert.equal(await page.locator('.library li').count(), 0);
  await page.getByLabel('Recorded before').getByRole('searchbox').fill(`cpu pid ${target.pid}`);
  await page.locator('.library button').click();
  await textOf(page, '.functions tbody .name', /busy|listOnTimeout/);
  assert.match(await read(page.locator('header')), new RegExp(`pid ${target.pid}`));
  assert.deepEqual(complaints, []);
});
