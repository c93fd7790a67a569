// Pictures of the page in Chromium: the flame graph in light, and with a search and a zoom in dark.

/// <reference lib="dom" />

import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const size = { width: 1120, height: 660 };
/** Images are kept in the repository. */
const maxBytes = 150_000;

/** @param {string} url @param {string} folder */
export async function takeScreenshots(url, folder) {
  fs.mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const light = await open(browser, url, 'light');
    await save(light, path.join(folder, 'flame-light.png'));
    const dark = await open(browser, url, 'dark');
    await dark.getByLabel('Search').fill('tls|Secure|PeerCertificate');
    await dark.waitForFunction(() => /%/.test(document.querySelector('#found')?.textContent ?? ''));
    await save(dark, path.join(folder, 'flame-dark-search.png'));
  } finally {
    await browser.close();
  }
}

/** @param {import('playwright-core').Browser} browser @param {string} url @param {'light' | 'dark'} colorScheme */
async function open(browser, url, colorScheme) {
  const context = await browser.newContext({ viewport: size, colorScheme });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector('.functions tbody td');
  // The command line in the header is this machine's: its folders are left out.
  await page.evaluate(() => {
    for (const fact of document.querySelectorAll('.facts bdi, .functions td, .functions td *')) {
      if (fact.childElementCount > 0) continue;
      fact.textContent = (fact.textContent ?? '').replace(/\S*\/(?=(?:examples|node_modules)\/)/g, './');
    }
  });
  return page;
}

/** @param {import('playwright-core').Page} page @param {string} file */
async function save(page, file) {
  await page.mouse.move(1, 1);
  const bytes = await page.screenshot({ path: file });
  if (bytes.length > maxBytes) throw new Error(`${file} has ${bytes.length} bytes, more than ${maxBytes}`);
}

function findBrowser() {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = folders.flatMap(folder => names.map(name => path.join(folder, name))).find(file => fs.existsSync(file));
  if (found === undefined) throw new Error('no Chromium is installed (Debian: apt-get install chromium)');
  return found;
}
