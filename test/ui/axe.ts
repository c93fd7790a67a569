/** A view by axe-core's rules. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Nothing serious; `view` tells which one it was. */
export async function assertAccessible(page: Page, view: string): Promise<void> {
  await page.evaluate(axe);
  const { violations, passes } = (await page.evaluate('axe.run()')) as AxeResults;
  assert.ok(passes.length > 10, 'rules were applied');
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = serious.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join('\n')}`,
  );
  assert.deepEqual(told, [], view);
}
