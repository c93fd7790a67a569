// Checks which files of the packages use node:fs by path against file-rules.mjs. Usage: node scripts/check-files.mjs [folder]
//
// Prints one problem a line, `file:line: what`; exits with 1 when there is one.

import path from 'node:path';
import { asksByPath, fileRules } from './file-rules.mjs';
import { readSources } from './imports/sources.mjs';
import { root } from './setup/root.mjs';

const folders = ['probe/src', 'agent/src', 'cli/src'];
const allowed = fileRules.flatMap(rule => rule.files);
const used = new Set();
const problems = [];

for (const { file, fromFs } of readSources(path.resolve(process.argv[2] ?? root), folders)) {
  const asking = fromFs.filter(({ name }) => asksByPath.has(name));
  const rule = allowed.find(name => file === name || (name.endsWith('/') && file.startsWith(name)));
  if (rule !== undefined) {
    if (asking.length > 0) used.add(rule);
    continue;
  }
  for (const { name, line } of asking) {
    problems.push(
      `${file}:${line}: ${name} of node:fs may wait for ever on what another process names: use openForeign, readForeign or lookAtForeign ` +
        '(probe/src/beside/open-foreign.ts), or say in scripts/file-rules.mjs why the path is nobody else’s',
    );
  }
}
if (process.argv[2] === undefined) {
  const idle = allowed.filter(name => !used.has(name) && !name.endsWith('/'));
  for (const name of idle) problems.push(`${name}: needs no place in scripts/file-rules.mjs any more`);
}
for (const problem of problems) console.log(problem);
console.log(`${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
