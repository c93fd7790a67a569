/** Heap snapshots on the page: one, two compared, dropped on it, damaged; by mouse and keys, and by axe-core's rules. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { leaks, snapshotText, type WrittenNode, writeSnapshots } from '../support/heap-snapshots.js';
import { until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { assertAccessible } from './axe.js';
import { addressOf, openPage, read, skip, textOf } from './browser.js';
import { startUi, writeProfile } from './start-ui.js';

const ready = '[aria-label=Constructors] tbody td, [role=alert]';
let files = { before: '', after: '' };
let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nops-test-'));
  files = writeSnapshots(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What stands in a constructor's row, cell by cell, once it is listed. */
async function cellsOf(page: Page, name: string): Promise<string[]> {
  const row = page.locator('[aria-label=Constructors] tr').filter({ has: page.locator(`button[title="${name}"]`) });
  await row.waitFor();
  const cells = await row.locator('td').allInnerTexts();
  return cells.map(cell => cell.replace(/\s+/g, ' ').trim());
}

test('one snapshot: the leak, its size, its largest objects and what keeps them alive', { skip }, async t => {
  const { page, complaints } = await openPage(t, await startUi(t, [files.after]), { ready });
  assert.match(await read(page.locator('header')), /objects, [\d,]+ references/);
  await page.keyboard.press('/');
  await page.keyboard.type('leak');
  await textOf(page, '.filter .count', /^1$/);
  const [name, count, shallow, retained = ''] = await cellsOf(page, 'Leak');
  assert.deepEqual([name, count], ['Leak', (leaks.before + leaks.more).toLocaleString('en-US')]);
  assert.match(shallow ?? '', / kB$/);
  // 1,500 buffers of 20,000 bytes are 30 MB, and what else each holds is a tenth of that at most.
  const megabytes = Number(/^([\d.]+) MB \d+\.\d %$/.exec(retained)?.[1]);
  assert.ok(megabytes > 30 && megabytes < 35, retained);
  await page.getByRole('button', { name: 'Leak' }).click();
  await textOf(page, '.objects caption', /The 100 largest of 1,500 objects/);
  assert.match(await textOf(page, '.objects tbody tr', /Leak/), /@\d+\s+\d+ B\s+2\d(?:\.\d)? kB/);
  const way = await textOf(page, '.path', /\(root\)/);
  assert.match(way, /What keeps Leak @\d+ alive/);
  assert.match(way, /\[\d+\] in Array @\d+[\s\S]*\.leaks in Object[\s\S]*\.holder in/);
  await page.locator('.objects tbody button').nth(1).click();
  const address = await addressOf(page, /contains=leak.*/);
  assert.match(address, /of=Leak&object=\d+/);
  await page.reload();
  await textOf(page, '.path', new RegExp(`What keeps Leak @${/object=(\d+)/.exec(address)?.[1]} alive`));
  assert.equal(await page.locator('.filter input').inputValue(), 'leak');
  await page.goBack();
  assert.deepEqual(complaints, []);
});

test('rows are sorted by their columns and walked through with keys, and only those seen are elements', {
  skip,
}, async t => {
  const { page, complaints } = await openPage(t, await startUi(t, [files.before]), { ready });
  const table = page.getByRole('table', { name: 'Constructors' });
  const rows = Number(await table.getAttribute('aria-rowcount')) - 1;
  assert.ok(rows > 60, String(rows));
  assert.ok((await table.getByRole('row').count()) < 45);
  const sorted = () =>
    table.locator('th[aria-sort]:not([aria-sort=none])').evaluate(th => `${th.textContent} ${th.ariaSort}`);
  assert.match(await sorted(), /Retained.* descending/);
  await table.getByRole('button', { name: 'Count' }).click();
  await addressOf(page, /sort=count$/);
  const counts = async () =>
    (await table.locator('tr td:nth-child(2)').allInnerTexts()).map(text => Number(text.replaceAll(',', '')));
  await until(
    async () => isDescending(await counts()) || undefined,
    () => 'counts in descending order',
  );
  await table.getByRole('button', { name: 'Count' }).click();
  await addressOf(page, /sort=count&turned=yes/);
  assert.match(await sorted(), /Count.* ascending/);
  await table.getByRole('button', { name: 'Constructor' }).click();
  assert.match(await sorted(), /Constructor.* ascending/);
  await table.locator('tbody button').first().click();
  const pressed = () => table.locator('[aria-rowindex]:has([aria-pressed=true])').getAttribute('aria-rowindex');
  const steps: [key: string, row: number][] = [
    ['ArrowDown', 3],
    ['ArrowDown', 4],
    ['ArrowUp', 3],
    ['End', rows + 1],
    ['Home', 2],
  ];
  for (const [key, row] of steps) {
    await page.keyboard.press(key);
    let at: string | null = '';
    await until(
      async () => {
        at = await pressed();
        return at === String(row) || undefined;
      },
      () => `${key} to row ${row}: ${at}`,
    );
    const focused = () => page.evaluate("document.activeElement.closest('tr')?.getAttribute('aria-rowindex')");
    await until(
      async () => (await focused()) === String(row) || undefined,
      () => `the focus in row ${row}`,
    );
  }
  await page.keyboard.press('Escape');
  await textOf(page, '.notice', /Choose a constructor/);
  assert.deepEqual(complaints, []);
});

function isDescending(values: number[]): boolean {
  return values.length > 5 && values.every((value, i) => i === 0 || value <= (values[i - 1] ?? 0));
}

test('two snapshots: what is new and gone, and new objects alone', { skip }, async t => {
  const { page, complaints } = await openPage(t, await startUi(t, [files.after, files.before]), { ready });
  await textOf(page, '[aria-label=Constructors] thead', /New[\s\S]*Gone[\s\S]*± Count[\s\S]*± Size ▾/);
  await page.getByLabel('Filter').fill('leak');
  const leak = await cellsOf(page, 'Leak');
  assert.deepEqual(leak.slice(1, 4), ['500', '0', '+500']);
  assert.match(leak[4] ?? '', /^\+[\d.]+ kB$/);
  await page.getByRole('button', { name: 'Leak' }).click();
  await page.getByRole('button', { name: 'Only new objects' }).click();
  await textOf(page, '.objects caption', /The 100 largest of 500 new objects/);
  await textOf(page, '.path', /What keeps Leak/);
  await page.getByLabel('Filter').fill('dropped');
  const dropped = await cellsOf(page, 'Dropped');
  assert.deepEqual(dropped.slice(1, 4), ['0', '100', '−100']);
  await page.getByRole('button', { name: 'Dropped' }).click();
  await textOf(page, '.detail', /There are no new objects of it in this snapshot/);
  await page.getByRole('combobox', { name: 'against' }).selectOption('');
  await textOf(page, '[aria-label=Constructors] thead', /Shallow/);
  assert.deepEqual(complaints, []);
});

test('given the other way round, the page says so', { skip }, async t => {
  const { page, complaints } = await openPage(t, await startUi(t, [files.before, files.after]), { ready });
  await textOf(page, '.notices', /new and gone are the other way round/);
  assert.deepEqual(complaints, []);
});

const small = (more: number): WrittenNode[] => [
  { type: 'synthetic', name: '', size: 0, edges: [{ type: 'shortcut', to: 1 }] },
  {
    name: 'global',
    edges: Array.from({ length: 3 + more }, (_, i) => ({ type: 'element', name: String(i), to: i + 2 })),
  },
  ...Array.from({ length: 3 + more }, () => ({ name: '<img src=x onerror=alert(1)>\u202e', size: 100 })),
];

test('dropped on the page, also two at once and gzipped; names in them are text', { skip }, async t => {
  const { page, complaints } = await openPage(t, await startUi(t, []), { ready: '.message' });
  const drop = (contents: Buffer[]) =>
    page.evaluate(`
      const dataTransfer = new DataTransfer();
      for (const [i, base64] of ${JSON.stringify(contents.map(content => content.toString('base64')))}.entries()) {
        const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
        dataTransfer.items.add(new File([bytes], i + '.heapsnapshot'));
      }
      dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
    `);
  await drop([Buffer.from(snapshotText(small(0)))]);
  await textOf(page, '[aria-label=Constructors] tbody', /<img src=x onerror=alert\(1\)>\\u202e\s+3\s+300 B/);
  await drop([gzipSync(snapshotText(small(2))), Buffer.from(snapshotText(small(0)))]);
  await textOf(
    page,
    '[aria-label=Constructors] tbody',
    /<img src=x onerror=alert\(1\)>\\u202e\s+2\s+0\s+\+2\s+\+200 B/,
  );
  await page.locator('[aria-label=Constructors] tbody button').first().click();
  await textOf(page, '.path', /\[\d\] in global @3/);
  assert.equal(await page.locator('img').count(), 0);
  assert.deepEqual(complaints, []);
});

test('what is damaged, cut, or no snapshot is told', { skip }, async t => {
  const whole = readFileSync(files.before);
  const text = snapshotText(small(0));
  const own = temporaryFolder(t);
  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(own, name), content);
    return join(own, name);
  };
  const profile = writeProfile(own, [[['main'], 10]]);
  const cases: [args: string[], view: string, said: RegExp][] = [
    [[write('cut.heapsnapshot', whole.subarray(0, whole.length / 10))], '', /damaged: it ends early, in its nodes/],
    [
      [write('lies.heapsnapshot', text.replace('"node_count":5', '"node_count":6'))],
      '',
      /it has 5 nodes and says that it has 6/,
    ],
    [[files.before, profile], 'base=file-2', /a heap snapshot and a profile can’t be compared/],
    [[profile, files.before], 'base=file-2', /a profile and a heap snapshot can’t be compared/],
  ];
  for (const [args, view, said] of cases) {
    const ui = await startUi(t, args);
    const { page, complaints } = await openPage(t, ui, { ready: 'main' });
    if (view !== '') await page.goto(`${ui.origin}/#${view}`);
    await textOf(page, '[role=alert]', said);
    assert.deepEqual(complaints, [], args.join());
    await page.context().close();
  }
  const late = await openPage(t, await startUi(t, [write('late.heapsnapshot', whole.subarray(0, whole.length - 20))]), {
    ready,
  });
  await textOf(late.page, '.notices', /ends early, among its names/);
  assert.ok((await cellsOf(late.page, 'Leak')).length > 0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no view has a serious problem, in ${colorScheme}`, { skip }, async t => {
    const ui = await startUi(t, [files.after, files.before]);
    const { page, complaints } = await openPage(t, ui, { ready, ...(colorScheme === 'dark' ? { colorScheme } : {}) });
    for (const view of ['base=file-2&of=Leak&only=new', 'of=Leak&contains=a']) {
      await page.goto(`${ui.origin}/#${view}`);
      await textOf(page, '.path', /\(root\)/);
      await assertAccessible(page, view);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await until(
      async () => (await page.evaluate('document.documentElement.scrollWidth')) === 390 || undefined,
      () => 'a page of 390 pixels',
    );
    await assertAccessible(page, 'phone');
    assert.deepEqual(complaints, []);
  });
}
