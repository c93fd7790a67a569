/** The page of `nops ui` in a real browser, on profiles of real processes recorded from the command line. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { topEntries } from '@nops/core/profile/top';
import { agentRegister, startTarget, until, wellProfiled } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { addressOf, focusFrame, idOf, openPage, read, skip, textOf, treeItem } from './browser.js';
import { startUi, writeProfile } from './start-ui.js';

const busy = `
  function spinGuilty(ms) { const end = Date.now() + ms; while (Date.now() < end) Math.sqrt(Math.random()); }
  function parseOrder() { return JSON.parse(JSON.stringify(Array.from({ length: 3000 }, (_, id) => ({ id })))).length; }
  function handleRequest() { spinGuilty(15); for (let i = 0; i < 10; i++) parseOrder(); }
  setInterval(handleRequest, 20);
  globalThis.kept = [];
  function leakGuilty() { kept.push(Array.from({ length: 5000 }, (_, i) => ({ i, text: 'leaked ' + i }))); }
  setInterval(leakGuilty, 50);
`;

test('a CPU profile recorded from the command line shows the guilty function', { skip }, async t => {
  const target = await startTarget(t, busy, { execArgv: [...wellProfiled, '--import', agentRegister] });
  const ui = await startUi(t, [String(target.pid), '-s', '1'], { NOPS_DIR: target.folder });
  const { page, complaints } = await openPage(t, ui);
  assert.equal(new URL(page.url()).hash, '', 'the token is gone from the address bar');
  const bytes = await (await page.request.get(`${ui.origin}/api/profile`)).body();
  const { entries } = topEntries(decodeProfile(gunzipSync(bytes)), { limit: 1000 });
  const guilty = entries.find(entry => entry.function === 'spinGuilty');
  assert.ok(guilty !== undefined && guilty.flatPercent > 20);

  await t.test('the header tells about process and profile', async () => {
    const facts = await read(page.locator('header'));
    for (const fact of [`pid ${target.pid}`, `Node ${process.versions.node}`, 'CPU profile', 'waiting for events']) {
      assert.ok(facts.includes(fact), `${fact} in ${facts}`);
    }
  });

  await t.test('the table has it, a click selects it, and a search finds it with core’s percentage', async () => {
    const row = page.locator('.functions tbody tr', { hasText: 'spinGuilty' });
    assert.match(await read(row), new RegExp(`app\\.mjs:2[\\s\\S]*${guilty.flatPercent.toFixed(1)} %`));
    await row.getByRole('button').click();
    assert.match(page.url(), /group=\d+/);
    await page.getByRole('button', { name: 'Selected' }).click();
    await textOf(page, '.detail', /^spinGuilty[\s\S]*Callers[\s\S]*handleRequest/);
    await page.getByRole('button', { name: 'Functions' }).click();
    await page.getByLabel('Search').fill('^spinGuilty$');
    await textOf(page, '#found', new RegExp(`^${guilty.cumPercent.toFixed(1)} % of all in 1 function$`));
    await addressOf(page, /search=%5EspinGuilty%24/);
  });

  await t.test('the keyboard finds it in the tree and zooms into it', async () => {
    await focusFrame(page, 'handleRequest');
    assert.match(await read(page.locator(treeItem)), /app\.mjs:4, total .* \(\d+\.\d %\), self .*, calls \d/);
    await page.keyboard.press('ArrowDown');
    const [first] = entries
      .filter(e => ['spinGuilty', 'parseOrder'].includes(e.function))
      .sort((a, b) => b.cum - a.cum);
    assert.match(await read(page.locator(treeItem)), new RegExp(`^${first?.function},`));
    if (first?.function !== 'spinGuilty') await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await textOf(page, '#found', /, 100\.0 % of the view in 1 function$/);
    assert.match(page.url(), /zoom=\d+/);
    assert.equal(await page.locator('.flame').getAttribute('aria-activedescendant'), await idOf(page, treeItem));
  });

  await t.test('hovering tells name, place, self and total', async () => {
    const level = Number(await page.locator(treeItem).getAttribute('aria-level'));
    const canvas = await page.locator('.flame canvas').boundingBox();
    await page.mouse.move((canvas?.x ?? 0) + 300, (canvas?.y ?? 0) + (level - 1) * 19 + 9);
    const tooltip = await textOf(page, '[role=tooltip]:not([hidden])', /^spinGuilty/);
    assert.match(tooltip, /app\.mjs:2/);
    assert.ok(tooltip.includes(`(${guilty.flatPercent.toFixed(1)} %)`), tooltip);
    await page.mouse.move(5, 5);
    assert.equal(await page.locator('[role=tooltip]:not([hidden])').count(), 0);
  });

  await t.test('another sample type keeps the place, and reloading keeps everything', async () => {
    await page.getByLabel('Show').selectOption({ label: 'samples' });
    await textOf(page, '.legend .selected', /spinGuilty .* total \d+ \(/);
    const address = await addressOf(page, /type=samples&search=%5EspinGuilty%24&zoom=\d+&group=\d+/);
    const before = await textOf(page, '#found', /100\.0 % of the view/);
    await page.reload();
    await page.waitForSelector('.functions tbody td');
    assert.equal(page.url(), address);
    await textOf(page, '#found', new RegExp(`^${before}$`));
    assert.equal(await page.getByLabel('Show').inputValue(), '0');
    await textOf(page, treeItem, /^spinGuilty,/);
  });

  await t.test('Escape zooms out, and going back zooms in again', async () => {
    await page.locator('.flame').focus();
    await page.keyboard.press('Escape');
    await textOf(page, '#found', /^\d+\.\d % of all in 1 function$/);
    assert.doesNotMatch(page.url(), /zoom=/);
    await page.goBack();
    await textOf(page, '#found', /100\.0 % of the view/);
  });

  assert.deepEqual(complaints, []);
});

test('a heap profile recorded from the command line shows what keeps memory', { skip }, async t => {
  const target = await startTarget(t, busy, { execArgv: [...wellProfiled, '--import', agentRegister] });
  const ui = await startUi(t, [String(target.pid), '--heap', '-s', '1'], { NOPS_DIR: target.folder });
  const { page, complaints } = await openPage(t, ui, { colorScheme: 'dark' });
  assert.equal(await read(page.getByLabel('Show').locator('option:checked')), 'inuse_space');
  await page.getByLabel('Filter', { exact: true }).fill('leakguilty');
  await textOf(page, '.functions tbody tr td', /leakGuilty/);
  await textOf(page, '.functions .count', /^1$/);
  assert.match(await read(page.locator('.functions tbody tr')), /[kM]B/);
  assert.deepEqual(complaints, []);
});

test('pointer and wheel zoom and pan', { skip }, async t => {
  const wide = Array.from({ length: 40 }, (_, i): [string[], number] => [['main', `part${i}`, 'leaf'], 40 - i]);
  const file = writeProfile(temporaryFolder(t), wide);
  const { page, complaints } = await openPage(t, await startUi(t, [file]));
  const canvas = await page.locator('.flame canvas').boundingBox();
  const at = (x: number, row: number) => page.mouse.move((canvas?.x ?? 0) + x, (canvas?.y ?? 0) + row * 19 + 9);
  await at(10, 2);
  await textOf(page, '[role=tooltip]:not([hidden])', /^part0\b/);
  await page.mouse.down();
  await page.mouse.up();
  await textOf(page, '[role=tooltip]:not([hidden])', /100\.0 %$/);
  await page.mouse.dblclick((canvas?.x ?? 0) + 10, (canvas?.y ?? 0) + 2 * 19 + 9);
  const reset = page.getByRole('button', { name: 'Reset zoom' });
  await until(
    async () => (await reset.isDisabled()) || undefined,
    () => 'zoomed out',
  );

  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -400);
  await page.keyboard.up('Control');
  await until(
    async () => (await reset.isEnabled()) || undefined,
    () => 'zoomed in by the wheel',
  );
  await at(11, 2);
  await textOf(page, '[role=tooltip]:not([hidden])', /^part0\b/);
  await at(600, 2);
  await page.mouse.down();
  await at(500, 2);
  await at(100, 2);
  await page.mouse.up();
  await at(10, 2);
  await textOf(page, '[role=tooltip]:not([hidden])', /^part[1-9]/);
  assert.equal(await reset.isEnabled(), true, 'a drag is no click');
  assert.deepEqual(complaints, []);
});

test('names are text, whatever they look like', { skip }, async t => {
  const markup = '<img src=x onerror=alert(1)>';
  const tricky = `${markup}\u202egnp.exe`;
  const file = writeProfile(temporaryFolder(t), [
    [[markup, tricky], 700],
    [['</script><script>alert(2)</script>'], 100],
  ]);
  const { page, complaints } = await openPage(t, await startUi(t, [file]));
  const rows = await page.locator('.functions tbody .name').allTextContents();
  assert.deepEqual(rows, [`${markup}\\u202egnp.exe`, '</script><script>alert(2)</script>', markup]);
  await page.getByLabel('Search').fill('egnp|gnp');
  await textOf(page, '#found', /^87\.5 % of all in 1 function$/);
  await focusFrame(page, markup);
  const canvas = await page.locator('.flame canvas').boundingBox();
  await page.mouse.move((canvas?.x ?? 0) + 50, (canvas?.y ?? 0) + 19 + 9);
  await textOf(page, '[role=tooltip] .name', /^<img src=x onerror=alert\(1\)>$/);
  assert.equal(await page.locator('img, script:not([src])').count(), 0);
  assert.deepEqual(complaints, []);
});

test('a search that is no expression says so, and one that never ends is given up', { skip }, async t => {
  const file = writeProfile(temporaryFolder(t), [[['main', `${'a'.repeat(60)}!`], 700]]);
  const { page, complaints } = await openPage(t, await startUi(t, [file]));
  await page.keyboard.press('/');
  await page.keyboard.type('(main');
  await textOf(page, '#found.problem', /^Invalid regular expression/);
  await page.getByLabel('Search').fill('^(a+)+$');
  await textOf(page, '#found.problem', /^The search was given up/);
  await page.getByLabel('Filter', { exact: true }).fill('main');
  await textOf(page, '.functions .count', /^1$/);
  await page.getByLabel('Search').fill('main');
  await textOf(page, '#found', /^100\.0 % of all in 1 function$/);
  await page.getByLabel('Search').fill('nowhere');
  await textOf(page, '#found', /^nothing found$/);
  await page.keyboard.press('Escape');
  await page.locator('.flame').focus();
  await page.keyboard.press('?');
  await textOf(page, 'dialog', /Keys and gestures/);
  assert.deepEqual(complaints, []);
});

test('without a profile a file can be opened, and what is wrong with it is said', { skip }, async t => {
  const folder = temporaryFolder(t);
  const file = writeProfile(folder, [[['main', 'work'], 700]]);
  const bad = join(folder, 'bad.pb.gz');
  writeFileSync(bad, 'not a profile');
  const { page, complaints } = await openPage(t, await startUi(t, []), { ready: 'text=Drop a profile here' });
  await page.setInputFiles('input[type=file]', bad);
  await textOf(page, '[role=alert]', /this is no profile of a format that is known here/);
  await page.setInputFiles('input[type=file]', file);
  await textOf(page, '.functions tbody .name', /^work$/);
  await page.getByLabel('Search').fill('work');
  await textOf(page, '#found', /100\.0 %/);
  const other = temporaryFolder(t);
  await page.setInputFiles('input[type=file]', writeProfile(other, [[['other'], 1]]));
  await textOf(page, '.functions tbody .name', /^other$/);
  assert.equal(new URL(page.url()).hash, '', 'the view of one profile is not that of another');
  await textOf(page, 'header', /profile\.pb\.gz[\s\S]*a comment/);
  assert.deepEqual(complaints, []);
});

test('the address without its token shows nothing but how to get it', { skip }, async t => {
  const ui = await startUi(t, [writeProfile(temporaryFolder(t), [[['main'], 1]])]);
  const { page } = await openPage(t, { ...ui, url: `${ui.origin}/` }, { ready: '[role=alert]' });
  await textOf(page, '[role=alert]', /opened without its token[\s\S]*Use the address that nops ui printed last/);
});
