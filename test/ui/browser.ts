/** Pages of nops in Debian's Chromium, and what tests do there. */

import assert from 'node:assert/strict';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { chromium, type Locator, type Page } from 'playwright-core';
import { until } from '../support/target.js';
import type { Ui } from './start-ui.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
export const executablePath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap(folder => names.map(name => join(folder, name)))
  .find(isExecutable);
export const skip =
  executablePath === undefined ? 'no Chromium is installed (Debian: apt-get install chromium)' : false;

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Opened {
  page: Page;
  /** Whatever the page should not have done so far: errors, violations of the policy, requests to elsewhere. */
  complaints: string[];
}

/** The page at an address, once its table is there; what it asks of elsewhere than `origin` is a complaint. */
export async function openPage(
  t: TestContext,
  ui: Pick<Ui, 'url' | 'origin'>,
  options: { ready?: string; colorScheme?: 'dark'; deadlineMs?: number } = {},
): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'nops-chromium-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: executablePath ?? '',
    headless: true,
    viewport: { width: 1280, height: 720 },
    colorScheme: options.colorScheme ?? 'light',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  t.after(async () => {
    await context.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const complaints: string[] = [];
  context.on('request', request => {
    if (!request.url().startsWith(`${ui.origin}/`) && !/^(?:data|blob):/.test(request.url()))
      complaints.push(`request to ${request.url()}`);
  });
  context.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  context.on('weberror', error => complaints.push(String(error.error())));
  context.on('dialog', dialog => complaints.push(`dialog: ${dialog.message()}`));
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(ui.url);
  await page.waitForSelector(options.ready ?? '.functions tbody td', { timeout: options.deadlineMs ?? 30_000 });
  return { page, complaints };
}

export const treeItem = '[role=treeitem]';

/** Presses keys on the flame graph until its focused frame is the one named. */
export async function focusFrame(page: Page, name: string): Promise<void> {
  await page.locator('.flame').focus();
  await page.keyboard.press('Home');
  for (let level = 0; level < 30; level++) {
    const text = await read(page.locator(treeItem));
    if (text.startsWith(`${name},`)) return;
    await page.keyboard.press('ArrowDown');
  }
  assert.fail(`no way down to ${name}`);
}

export async function textOf(page: Page, selector: string, wanted: RegExp): Promise<string> {
  let text = '';
  return until(
    async () => {
      text = await read(page.locator(selector).first());
      return wanted.test(text) ? text : undefined;
    },
    () => `${wanted} in ${selector}: ${text}`,
  );
}

/** As a reader sees it, with spaces and lines between what stands apart. */
export function read(locator: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: what is seen is what is tested.
  return locator.innerText();
}

export function idOf(page: Page, selector: string): Promise<string | null> {
  return page.locator(selector).getAttribute('id');
}

/** The page's address, once it is like this: it is written a moment after the view. */
export function addressOf(page: Page, wanted: RegExp): Promise<string> {
  return until(
    () => (wanted.test(page.url()) ? page.url() : undefined),
    () => `${wanted} in ${page.url()}`,
  );
}
