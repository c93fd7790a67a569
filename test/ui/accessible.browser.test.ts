/** Each view by axe-core's rules, light and dark and on a phone: nothing serious. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { assertAccessible } from './axe.js';
import { openPage, skip, textOf } from './browser.js';
import { startUi, writeProfile } from './start-ui.js';

const stacks: [string[], number][] = [
  [['main', 'parse', 'walk'], 700],
  [['main', 'render'], 300],
];

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no view has a serious problem, in ${colorScheme}`, { skip }, async t => {
    const [now, before] = [writeProfile(temporaryFolder(t), stacks), writeProfile(temporaryFolder(t), stacks.slice(1))];
    const ui = await startUi(t, [now, before]);
    const { page, complaints } = await openPage(t, ui, colorScheme === 'dark' ? { colorScheme } : {});
    const views = [
      '',
      'mode=callers&search=parse',
      'mode=sandwich&group=1&panel=function',
      'f=focus:main&f=collapse&base=file-2&compare=sides&color=difference',
    ];
    for (const view of views) {
      await page.goto(`${ui.origin}/#${view}`);
      await page.waitForSelector('main[aria-busy=false]');
      await assertAccessible(page, view);
    }
    await page.keyboard.press('?');
    await textOf(page, 'dialog[open]', /Keys and gestures/);
    await assertAccessible(page, 'help');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await textOf(page, 'dialog[open]', /Undo/);
    await assertAccessible(page, 'palette');
    assert.deepEqual(complaints, []);
  });
}

test('on a phone in portrait nothing is wider than the screen, and the graph can be touched', { skip }, async t => {
  const ui = await startUi(t, [writeProfile(temporaryFolder(t), stacks)]);
  const { page, complaints } = await openPage(t, ui);
  await page.setViewportSize({ width: 390, height: 844 });
  let width: unknown;
  await until(
    async () => {
      width = await page.evaluate('document.documentElement.scrollWidth');
      return width === 390 || undefined;
    },
    () => `a page of 390 pixels: ${width}`,
  );
  const canvas = await page.locator('.flame canvas').boundingBox();
  assert.ok(canvas !== null && canvas.height > 80 && canvas.width > 300, JSON.stringify(canvas));
  await assertAccessible(page, 'phone');
  assert.deepEqual(complaints, []);
});

test('what a search found can be read whole, on a desktop and on a phone', { skip }, async t => {
  const [now, before] = [writeProfile(temporaryFolder(t), stacks), writeProfile(temporaryFolder(t), stacks.slice(1))];
  const ui = await startUi(t, [now, before]);
  const { page } = await openPage(t, ui);
  for (const size of [
    { width: 1280, height: 720 },
    { width: 390, height: 844 },
  ]) {
    await page.setViewportSize(size);
    await page.goto(`${ui.origin}/#search=parse&zoom=2&f=focus:main`);
    await textOf(page, '#found', /% of all, .*% of the view in 1 function/);
    const cut = await page.locator('#found').evaluate(element => element.scrollWidth - element.clientWidth);
    assert.ok(cut <= 0, `${cut} pixels of it are cut at a width of ${size.width}`);
    const box = await page.locator('#found').boundingBox();
    assert.ok(box !== null && box.x >= 0 && box.x + box.width <= size.width, JSON.stringify(box));
  }
});
