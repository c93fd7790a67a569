// Which test files run, and in which order. test/slow.json lists what `npm test` leaves to `npm run test:all`, the most valuable first.

import fs from 'node:fs';
import path from 'node:path';

/** Parts of paths. @param {string} root @returns {string[]} */
export function readSlow(root) {
  /** @type {{ path: string }[]} */
  const entries = JSON.parse(fs.readFileSync(path.join(root, 'test', 'slow.json'), 'utf8'));
  return entries.map(entry => entry.path);
}

/**
 * With filters, the files whose path contains one; else all that are not slow, unit tests first, and with `all` the slow ones after them.
 * @param {string[]} names paths below test/dist
 * @param {{ filters: string[], all: boolean, slow: string[] }} options
 */
export function chooseFiles(names, { filters, all, slow }) {
  if (filters.length > 0) return names.filter(name => filters.some(filter => name.includes(filter)));
  /** @param {string} name */
  const rank = name => slow.findIndex(part => name.includes(part));
  const isUnit = (/** @type {string} */ name) => Number(name.startsWith('core/'));
  const fast = names.filter(name => rank(name) < 0).sort((a, b) => isUnit(b) - isUnit(a));
  if (!all) return fast;
  return [...fast, ...names.filter(name => rank(name) >= 0).sort((a, b) => rank(a) - rank(b))];
}
