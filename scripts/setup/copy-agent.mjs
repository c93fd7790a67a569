// `nops attach` has the agent in its own package: what build-attach.mjs bundled is copied there.

import fs from 'node:fs';
import path from 'node:path';

/** @param {string} root */
export function copyAgent(root) {
  const from = path.join(root, 'agent', 'bundle', 'attach.js');
  const to = path.join(root, 'cli', 'agent', 'attach.js');
  if (!fs.existsSync(from) || timeOf(to) >= timeOf(from)) return;
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.copyFileSync(from, to);
}

/** @param {string} file */
function timeOf(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
