/** A recording of more calls than fit onto a page: cells from afar, and every call where one looks closer. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openPage, skip, textOf, treeItem } from './browser.js';
import { startUi } from './start-ui.js';

const depth = 200;
const samples = 30_000;

/** Every millisecond another one of two deep stacks that share nothing: six million calls. */
function alternating(): string {
  const frame = (functionName: string) => ({ functionName, url: '/srv/app.js', lineNumber: 0, columnNumber: 0 });
  const stack = (name: string, first: number) =>
    Array.from({ length: depth }, (_, i) => ({
      id: first + i,
      callFrame: frame(`${name}${i}`),
      children: i + 1 < depth ? [first + i + 1] : [],
    }));
  return JSON.stringify({
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 2 + depth] },
      ...stack('even', 2),
      ...stack('odd', 2 + depth),
    ],
    startTime: 0,
    endTime: samples * 1000,
    samples: Array.from({ length: samples }, (_, i) => 1 + depth * (1 + (i % 2))),
    timeDeltas: Array.from({ length: samples }, (_, i) => (i === 0 ? 0 : 1000)),
  });
}

test('too many calls are shown in cells, and each of them where one zooms in', { skip, timeout: 120_000 }, async t => {
  const file = join(temporaryFolder(t), 'long.cpuprofile');
  writeFileSync(file, alternating());
  const { page, complaints } = await openPage(t, await startUi(t, [file]));
  await page.getByRole('button', { name: 'Time', exact: true }).click();
  await textOf(page, '.notices', /^Too many calls to show each: every 2 ms/);
  await page.locator('.flame').focus();
  // Of each two samples the first is shown, and so they look like one call.
  await textOf(page, treeItem, /^all,.* calls 1$/);

  // To the middle 7 ms of 30 s.
  for (let i = 0; i < 12; i++) await page.keyboard.press('+');
  await textOf(page, treeItem, /^all,.* calls (?:19|2\d)$/);
  await textOf(page, '.notices', /^$/);
  await page.keyboard.press('ArrowDown');
  await textOf(page, treeItem, /^(?:even|odd)0,.*total 1 ms/);
  await page.keyboard.press('ArrowRight');
  await textOf(page, treeItem, /^(?:even|odd)0,.*at 15 s/);

  // What is found is marked in it, too, and the focus stays with the call that is there from afar.
  await page.locator('#search').fill('odd0');
  await textOf(page, '#found', /^0\.0 % of all, (?:4|5)\d\.\d % of the view in 1 function$/);
  await page.locator('.flame').focus();
  await page.keyboard.press('Escape');
  await textOf(page, '.notices', /^Too many calls/);
  await textOf(page, treeItem, /^even0,/);
  assert.deepEqual(complaints, []);
});
