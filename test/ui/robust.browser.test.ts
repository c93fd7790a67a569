/** What is too large, damaged, deep or hostile: the page says a clear word or shows it, and never breaks. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openPage, read, skip, textOf, treeItem } from './browser.js';
import { startUi } from './start-ui.js';

const callFrame = (functionName: string) => ({
  functionName,
  url: 'file:///srv/app.js',
  lineNumber: 0,
  columnNumber: 0,
});

async function openFile(t: TestContext, name: string, content: string): Promise<{ page: Page; complaints: string[] }> {
  const file = join(temporaryFolder(t), name);
  writeFileSync(file, content);
  return openPage(t, await startUi(t, [file]), { ready: '.functions tbody td, [role=alert]' });
}

test('a .cpuprofile of 500 MB is shown', { skip, timeout: 180_000 }, async t => {
  const file = join(temporaryFolder(t), 'large.cpuprofile');
  await writeLarge(file);
  const ui = await startUi(t, [file]);
  const { page, complaints } = await openPage(t, ui, { deadlineMs: 120_000 });
  await textOf(page, '.functions tbody .name', /^f\d+$/);
  assert.match(await read(page.locator('header')), /5\d\d MB/);
  await page.getByRole('button', { name: 'Callers', exact: true }).click();
  await textOf(page, '.functions .count', /^\d+$/);
  assert.deepEqual(complaints, []);
});

/** Few nodes, and nine million samples: what makes such files large. */
async function writeLarge(file: string): Promise<void> {
  const stream = createWriteStream(file);
  const nodes = Array.from({ length: 500 }, (_, i) => ({
    id: i + 1,
    callFrame: callFrame(i === 0 ? '(root)' : `f${i}`),
    children: [2 * i + 2, 2 * i + 3].filter(id => id <= 500),
  }));
  stream.write(`{"nodes":${JSON.stringify(nodes)},"startTime":0,"endTime":9000000000,"samples":[2`);
  // Long numbers of equal length: the same chunk again and again.
  const samples = Buffer.from(Array.from({ length: 50_000 }, (_, i) => `,${100 + (i % 400)}`).join(''));
  const deltas = Buffer.from(
    Array.from({ length: 50_000 }, () => ',000000000000000000000000000000000000000000000000100').join(''),
  );
  for (let i = 0; i < 180; i++) if (!stream.write(samples)) await once(stream, 'drain');
  stream.write('],"timeDeltas":[0');
  for (let i = 0; i < 180; i++) if (!stream.write(deltas)) await once(stream, 'drain');
  stream.end(']}');
  await once(stream, 'close');
}

test('damaged files are told for what they are', { skip }, async t => {
  const whole = JSON.stringify({
    nodes: [
      { id: 1, callFrame: callFrame('(root)'), children: [2] },
      { id: 2, callFrame: callFrame('main') },
    ],
    startTime: 0,
    endTime: 100,
    samples: [2, 2],
    timeDeltas: [0, 50],
  });
  const cases: [name: string, content: string, said: RegExp][] = [
    ['cut.cpuprofile', whole.slice(0, 120), /this CPU profile is damaged: it ends early, before its samples/],
    [
      'brackets.cpuprofile',
      whole.replace('],"startTime"', '}'),
      /this CPU profile is damaged: its brackets do not match/,
    ],
    ['no-samples.cpuprofile', whole.replace('[2,2]', '[]'), /it has no samples/],
    ['other.json', '{"a": 1}', /this JSON is no CPU or heap profile/],
    ['broken.json', '{"a": ', /its JSON is damaged/],
  ];
  for (const [name, content, said] of cases) {
    const { page, complaints } = await openFile(t, name, content);
    await textOf(page, '[role=alert]', said);
    assert.deepEqual(complaints, [], name);
    await page.context().close();
  }
  const late = await openFile(t, 'late.cpuprofile', whole.slice(0, -12));
  await textOf(late.page, 'header', /the file ends early: 2 samples are all that is in it/);
});

test('a stack of 100,000 frames can be walked and drawn', { skip }, async t => {
  const depth = 100_000;
  const nodes = Array.from({ length: depth }, (_, i) => ({
    id: i + 1,
    callFrame: callFrame(i === 0 ? '(root)' : `f${i % 10}`),
    ...(i + 1 < depth ? { children: [i + 2] } : {}),
  }));
  const content = JSON.stringify({ nodes, startTime: 0, endTime: 100, samples: [depth], timeDeltas: [0] });
  const { page, complaints } = await openFile(t, 'deep.cpuprofile', content);
  for (const button of ['Callers', 'Time', 'Flame']) {
    await page.getByRole('button', { name: button, exact: true }).click();
    await page.waitForSelector('main[aria-busy=false]');
    await page.locator('.flame').evaluate(element => {
      element.scrollTop = element.scrollHeight;
    });
  }
  await page.locator('.flame').focus();
  await page.keyboard.press('ArrowDown');
  await textOf(page, treeItem, /^f1,/);
  assert.deepEqual(complaints, []);
});

test('names with markup, escapes and direction marks are text everywhere', { skip }, async t => {
  const names = [
    '<img src=x onerror=alert(1)>',
    'evil\u202egnp.exe',
    '\u001b[31mred',
    '"><script>alert(2)</script>',
    'curly {alert(3)}',
  ];
  const nodes = [
    { id: 1, callFrame: callFrame('(root)'), children: names.map((_, i) => i + 2) },
    ...names.map((name, i) => ({ id: i + 2, callFrame: { ...callFrame(name), url: `file:///srv/${name}.js` } })),
  ];
  const samples = names.map((_, i) => i + 2);
  const content = JSON.stringify({ nodes, startTime: 0, endTime: 500, samples, timeDeltas: samples.map(() => 100) });
  const { page, complaints } = await openFile(t, '<b>name.cpuprofile', content);
  await page.locator('.functions tbody button').nth(1).click();
  for (const view of ['Selected', 'Sandwich', 'Callers', 'Time', 'Flame', 'Functions'])
    await page.getByRole('button', { name: view, exact: true }).first().click();
  await page.getByRole('button', { name: 'Selected' }).click();
  await page.getByRole('button', { name: 'Only stacks with it' }).click();
  await textOf(page, '.chip', /only stacks with/);
  assert.doesNotMatch(await read(page.locator('body')), /[\u202e\u001b]/);
  assert.equal(await page.locator('img, b, script:not([src])').count(), 0);
  assert.deepEqual(complaints, []);
});
