/** `npm run lint`, a test for each of its steps. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { runNode } from './checkout.js';

for (const step of ['format', 'types', 'imports', 'files', 'unused']) {
  test(`lint: ${step}`, () => {
    const { code, output } = runNode(['scripts/lint.mjs', step]);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`^== ${step}: `, 'm'));
  });
}

test('lint refuses a step that does not exist', () => {
  const { code, output } = runNode(['scripts/lint.mjs', 'nonsense']);
  assert.equal(code, 2);
  assert.match(output, /no step "nonsense"/);
});
