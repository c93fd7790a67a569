/**
 * Pictures of fixed data against those in test/fixtures/ui, with a tolerance for fonts. After a change that is meant:
 * `NOPS_UPDATE_SCREENSHOTS=1 node --test test/dist/ui/screenshots.browser.test.js`, and look at them.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openPage, skip } from './browser.js';
import { startUi, writeProfile } from './start-ui.js';

const folder = new URL('../../fixtures/ui/', import.meta.url);
/** A pixel differs when a channel does by more than this; and that many may. */
const channelTolerance = 40;
const differingShare = 0.04;

const stacks: [string[], number][] = [
  [['main', 'handleRequest', 'parseOrder', 'JSON.parse'], 400],
  [['main', 'handleRequest', 'renderOrder', 'escape'], 250],
  [['main', 'handleRequest', 'renderOrder'], 50],
  [['main', 'flushLog', 'writeSync'], 180],
  [['main', 'collect'], 120],
];

const views: Record<string, { view: string; colorScheme?: 'dark' }> = {
  flame: { view: '' },
  'flame-dark-search': { view: 'search=render', colorScheme: 'dark' },
  callers: { view: 'mode=callers' },
  sandwich: { view: 'mode=sandwich&group=2' },
  difference: { view: 'base=file-2&compare=sides&color=difference' },
};

for (const [name, { view, colorScheme }] of Object.entries(views)) {
  test(`the picture of fixed data: ${name}`, { skip }, async t => {
    const before = writeProfile(temporaryFolder(t), [...stacks.slice(1), [['main', 'old'], 200]]);
    const ui = await startUi(t, [writeProfile(temporaryFolder(t), stacks), before]);
    const { page } = await openPage(t, ui, colorScheme === undefined ? {} : { colorScheme });
    await page.goto(`${ui.origin}/#${view}`);
    await page.waitForSelector('main[aria-busy=false] .functions tbody td');
    await page.waitForTimeout(300); // drawn in the next frame, and the search a moment later
    const picture = await page.locator('.graph').screenshot({ animations: 'disabled' });
    const golden = new URL(`${name}.png`, folder);
    if (process.env['NOPS_UPDATE_SCREENSHOTS'] === '1') writeFileSync(golden, picture);
    assert.ok(existsSync(golden), `no ${fileURLToPath(golden)}`);
    const share = await difference(page, picture, readFileSync(golden));
    assert.ok(
      share <= differingShare,
      `${(share * 100).toFixed(1)} % of the pixels differ from ${fileURLToPath(golden)}`,
    );
  });
}

/** The share of pixels that differ; 1 for another size. The browser decodes them. */
function difference(page: Page, a: Buffer, b: Buffer): Promise<number> {
  const code = `(async () => {
    const pixels = async base64 => {
      const image = new Image();
      image.src = 'data:image/png;base64,' + base64;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      return context.getImageData(0, 0, image.width, image.height);
    };
    const [one, other] = [await pixels('${a.toString('base64')}'), await pixels('${b.toString('base64')}')];
    if (one.width !== other.width || one.height !== other.height) return 1;
    let differing = 0;
    for (let i = 0; i < one.data.length; i += 4)
      if ([0, 1, 2].some(c => Math.abs(one.data[i + c] - other.data[i + c]) > ${channelTolerance})) differing++;
    return differing / (one.data.length / 4);
  })()`;
  return page.evaluate(code);
}
