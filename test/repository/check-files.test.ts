/** Who may look at files by path: small trees that break the rule, and the checkout, which keeps it (lint.test.ts). */

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { makeTree, root, runNode } from './checkout.js';

function check(
  t: Parameters<typeof makeTree>[0],
  files: Record<string, string>,
): { code: number | null; lines: string[] } {
  const folder = makeTree(t, files);
  const { code, output } = runNode([path.join(root, 'scripts/check-files.mjs'), folder]);
  return { code, lines: output.trimEnd().split('\n') };
}

test('a file that opens nothing by path, and one that is listed, are fine', t => {
  const result = check(t, {
    'probe/src/beside/write.ts': "import { closeSync, readSync, type Stats, writeFileSync } from 'node:fs';",
    'probe/src/beside/procfs.ts': "import { readFileSync } from 'node:fs';",
    'probe/src/through/any.ts': "import { statSync } from 'node:fs';",
  });
  assert.deepEqual(result, { code: 0, lines: ['0 problems'] });
});

for (const [what, code] of [
  ['by its name', "import { readFileSync } from 'node:fs';"],
  ['by another name', "import { openSync as look } from 'fs';"],
  ['of node:fs/promises', "import { stat } from 'node:fs/promises';"],
  ['with all the others', "import * as fs from 'node:fs';"],
  ['as the default', "import fs from 'node:fs';"],
] as const) {
  test(`a function that takes a path, imported ${what}, is refused elsewhere`, t => {
    const { code: exit, lines } = check(t, { 'agent/src/new.ts': `\n${code}` });
    assert.equal(exit, 1);
    assert.match(lines[0] ?? '', /^agent\/src\/new\.ts:2: \S+ of node:fs may wait .*\/file-rules\.mjs/);
  });
}
