/** Every view of the page, on a profile that Node itself recorded of a real process; its numbers against `nops pprof`'s. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { PprofRow } from '@nops/core/protocol/pprof-results';
import type { Page } from 'playwright-core';
import { nopsPath } from '../cli/helpers.js';
import { until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openPage, read, skip, textOf } from './browser.js';
import { startUi } from './start-ui.js';

const run = promisify(execFile);

const program = `
  const { createHash } = require('node:crypto');
  function spin(ms) { const end = Date.now() + ms; let n = 0; while (Date.now() < end) n += Math.sqrt(n + 1); return n; }
  function hash(ms) { const end = Date.now() + ms; while (Date.now() < end) createHash('sha256').update('x'.repeat(5000)).digest('hex'); }
  function recurse(n, ms) { return n === 0 ? spin(ms) : recurse(n - 1, ms); }
  function handleOrder() { spin(8); recurse(5, 6); }
  function handleSearch() { hash(8); recurse(2, 4); }
  let left = 25;
  const timer = setInterval(() => { handleOrder(); handleSearch(); if (--left === 0) clearInterval(timer); }, 40);
`;

async function recordCpuProfile(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  const script = join(folder, 'app.cjs');
  writeFileSync(script, program);
  await run(process.execPath, ['--cpu-prof', '--cpu-prof-dir', folder, script]);
  const name = readdirSync(folder).find(each => each.endsWith('.cpuprofile'));
  assert.ok(name !== undefined, 'Node wrote a profile');
  return join(folder, name);
}

/** flat and cum in percent of all, by function and file; what `nops pprof` says. */
async function pprofShares(file: string, options: string[]): Promise<Map<string, [string, string]>> {
  const args = [nopsPath, 'pprof', '-top', '-filefunctions', '-notrim', ...options, '--json', file];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1e8 });
  const { rows, total } = JSON.parse(stdout) as { rows: PprofRow[]; total: number };
  const share = (value: number) => `${((value / total) * 100).toFixed(1)} %`;
  return new Map(rows.map(({ name, flat, cum }) => [name, [share(flat), share(cum)]]));
}

/** The same from the page's table: its percentages are of what the filters left. */
async function pageShares(page: Page): Promise<Map<string, [string, string]>> {
  const rows = await page.locator('.functions tbody tr:has(td)').evaluateAll(all =>
    all.map(row => ({
      name: row.querySelector('.name')?.textContent ?? '',
      place: row.querySelector('.place')?.textContent ?? '',
      shares: [...row.querySelectorAll('.share')].map(each => each.textContent ?? ''),
    })),
  );
  return new Map(
    rows.map(({ name, place, shares }) => [
      `${name} ${place.replace(/:\d+$/, '')}`.trim(),
      [shares.at(-2) ?? '', shares.at(-1) ?? ''],
    ]),
  );
}

const filters: Record<string, { fragment: string; options: string[] }> = {
  'no filter': { fragment: '', options: [] },
  focus: { fragment: 'f=focus:recurse', options: ['-focus=recurse'] },
  ignore: { fragment: 'f=ignore:handleOrder', options: ['-ignore=handleOrder'] },
  hide: { fragment: 'f=hide:node:', options: ['-hide=node:'] },
  show: { fragment: 'f=show:app.cjs', options: ['-show=app.cjs'] },
  show_from: { fragment: 'f=show_from:handle', options: ['-show_from=handle'] },
  'the other sample type': { fragment: 'type=samples', options: ['-sample_index=samples'] },
  'several at once': {
    fragment: 'f=focus:spin&f=ignore:handleSearch&f=hide:node:',
    options: ['-focus=spin', '-ignore=handleSearch', '-hide=node:'],
  },
};

test('every view of a recorded profile, and its numbers', { skip }, async t => {
  const file = await recordCpuProfile(t);
  const ui = await startUi(t, [file]);
  const { page, complaints } = await openPage(t, ui);

  for (const [name, { fragment, options }] of Object.entries(filters)) {
    await t.test(`the table tells what nops pprof tells: ${name}`, async () => {
      const expected = await pprofShares(file, ['-relative_percentages', ...options]);
      assert.ok(expected.size > 2, 'there is something to compare');
      await page.goto(`${ui.origin}/#${fragment}`);
      let shown = new Map<string, [string, string]>();
      await until(
        async () => {
          shown = await pageShares(page);
          const same = [...shown].every(([key, [self, total]]) => {
            const [flat, cum] = expected.get(key) ?? [];
            return self === flat && total === cum;
          });
          return shown.size > 0 && (same || undefined);
        },
        () => `${JSON.stringify([...shown])} to be of ${JSON.stringify([...expected])}`,
      );
      assert.equal(await read(page.locator('.functions .count')), String(expected.size));
    });
  }

  await t.test('each kind of graph by its button, each undone by going back', async () => {
    await page.goto(`${ui.origin}/#`);
    for (const [button, label] of [
      ['Callers', /^Callers, from where/],
      ['Time', /^Calls in the order of time/],
      ['Flame', /^Flame graph/],
    ] as const) {
      await page.getByRole('button', { name: button, exact: true }).click();
      await until(
        async () => label.test((await page.locator('.flame').getAttribute('aria-label')) ?? '') || undefined,
        () => `a graph called ${label}`,
      );
    }
    await page.goBack();
    assert.match(page.url(), /mode=time/);
    await page.keyboard.press('u');
    await until(
      () => /mode=callers/.test(page.url()) || undefined,
      () => 'undone by a key',
    );
  });

  await t.test(
    'a function is selected, looked at from both sides, and filtered by a key; the chip removes it',
    async () => {
      await page.keyboard.press('1');
      await page.getByLabel('Filter', { exact: true }).fill('recurse');
      await page.locator('.functions tbody tr', { hasText: 'recurse' }).getByRole('button').click();

      await page.getByLabel('Filter', { exact: true }).fill('');
      await page.locator('.flame').focus();
      await page.keyboard.press('e');
      await textOf(
        page,
        '.detail',
        /recurse[\s\S]*Callers[\s\S]*handle(?:Order|Search)[\s\S]*Callees[\s\S]*spin[\s\S]*Lines/,
      );
      await page.keyboard.press('4');
      await textOf(page, '.half h2', /Callers of recurse/);
      assert.equal(await page.locator('.flame').count(), 2);
      await page.keyboard.press('1');
      await page.keyboard.press('F');
      await textOf(page, '.chip', /only stacks with\s+\^recurse\$/);
      await page.getByRole('button', { name: /^Remove: only stacks with/ }).click();
      await until(
        async () => (await page.locator('.chip').count()) === 0 || undefined,
        () => 'no chip',
      );
      await page.keyboard.press('c');
      await textOf(page, '.chip', /recursion collapsed/);
      await page.keyboard.press('c');
    },
  );

  await t.test('dragging over the heat map selects a time, and the rest can be compared with', async () => {
    const box = await page.locator('.heat canvas').boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + box.width * 0.3, box.y + 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 20);
    await page.mouse.up();
    await textOf(page, '.chip', /^time\s/);
    await page.keyboard.press('D');
    await textOf(page, '.legend', /less than elsewhere\s+as elsewhere\s+more than elsewhere/);
    await page.keyboard.press('t');
    await textOf(page, '.functions thead', /Change/);
    await textOf(page, '.functions tbody .share', /% sure/);
    await page.getByRole('combobox', { name: 'Colour' }).selectOption('package');
    await page.getByRole('combobox', { name: /^Of/ }).selectOption('category');
    await textOf(page, '.functions tbody .name', /your code|Node\.js|native/);
  });

  await t.test('the palette finds a command, and help lists the keys', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('remove all');
    await page.keyboard.press('Enter');
    await until(
      async () => (await page.locator('.chip').count()) === 0 || undefined,
      () => 'no chip',
    );
    await page.keyboard.press('?');
    await textOf(page, 'dialog[open]', /Sandwich: callers and callees/);
    await page.keyboard.press('Escape');
  });

  await t.test('the palette takes the next key, however soon', async () => {
    // No task of the page between them, so nothing is drawn.
    const hasFocus = await page.evaluate(`(async () => {
      const pressed = new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true, cancelable: true });
      document.body.dispatchEvent(pressed);
      for (let i = 0; i < 20; i++) await null;
      return document.activeElement.matches('.palette input');
    })()`);
    assert.equal(hasFocus, true);
    await page.keyboard.press('Escape');
  });

  await t.test(
    'the palette opened again at once stays open, and Enter runs what is typed and not drawn yet',
    async () => {
      await page.keyboard.press('Control+k');
      await page.locator('.palette input:focus').waitFor();
      const before = await page.evaluate('document.documentElement.style.colorScheme');
      // All in one task of the page: nothing is drawn between, and the dialog's close event has not come.
      await page.evaluate(`
      const press = (key, ctrlKey = false) =>
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true }));
      const input = document.activeElement;
      input.value = 'system prefers';
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      press('Enter');
      press('k', true);
    `);
      // The close event comes with a task of its own.
      await page.evaluate('new Promise(resolve => setTimeout(resolve, 100))');
      assert.equal(await page.locator('dialog[open] .palette').count(), 1);
      assert.notEqual(await page.evaluate('document.documentElement.style.colorScheme'), before);
      await page.keyboard.press('Escape');
    },
  );

  assert.deepEqual(complaints, []);
});

test('a page written to a file shows the same from the disk, without a server', { skip }, async t => {
  const file = await recordCpuProfile(t);
  const written = join(temporaryFolder(t), 'page.html');
  const { stdout } = await run(process.execPath, [nopsPath, 'ui', file, '-o', written]);
  assert.match(stdout, /^written to /);
  const url = pathToFileURL(written).href;
  const { page, complaints } = await openPage(t, { url, origin: 'file://' });
  await textOf(page, '.functions tbody .name', /spin|hash|recurse/);
  await page.getByLabel('Search').fill('recurse');
  await textOf(page, '#found', /^\d+\.\d % of all in 1 function$/);
  assert.deepEqual(complaints, []);
});
