// The browser tests drive Debian's Chromium. It is installed when there are such tests, no browser is found, and we may.

import fs from 'node:fs';
import path from 'node:path';
import { run } from './run.mjs';

const deadlineMs = 600_000;
const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Never fails: without a browser its tests are skipped, and the reason is said here.
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function installBrowser(root, say) {
  if (!hasBrowserTests(path.join(root, 'test')) || browsers.some(inPath)) return;
  if (process.getuid?.() !== 0 || !inPath('apt-get')) {
    say(
      'no browser found, so the browser tests will be skipped. To run them: install Chromium (Debian: apt-get install chromium)',
    );
    return;
  }
  say('installing Chromium for the browser tests (apt-get)');
  const started = Date.now();
  const options = { cwd: root, deadlineMs, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  await run('apt-get', ['update', '-qq'], options);
  const { code } = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
  if (code === 0) say(`installed Chromium in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  else
    say(
      `apt-get could not install chromium (code ${code}), so the browser tests will be skipped. Install it by hand to run them`,
    );
}

/** @param {string} folder @returns {boolean} */
function hasBrowserTests(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).some(entry => {
    if (entry.isDirectory()) return entry.name !== 'dist' && hasBrowserTests(path.join(folder, entry.name));
    return entry.name.endsWith('.browser.test.ts');
  });
}

/** @param {string} command */
function inPath(command) {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.some(folder => folder !== '' && fs.existsSync(path.join(folder, command)));
}
