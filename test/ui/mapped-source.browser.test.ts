/** The source of a minified function on the page of `nops ui`: a bundle made by rolldown, profiled by the real `nops cpu`. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nops, startWithAgent } from '../cli/helpers.js';
import { bundle, codeOf, compileWithTsc } from '../support/compiled.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openPage, skip, textOf } from './browser.js';
import { startUi } from './start-ui.js';

for (const [how, compile, format, line] of [
  // One line of code: V8 tells the function only.
  ['a minified bundle', bundle, 'pb', /export function chargeOrder\(order: Order\): Cents \{/],
  ['a minified bundle', bundle, 'cpuprofile', /export function chargeOrder\(order: Order\): Cents \{/],
  ['output of tsc', compileWithTsc, 'cpuprofile', /cents \+= Math\.sqrt|i < 2e5/],
] as const) {
  test(`${how}, as ${format}: the page shows the TypeScript with what its lines cost`, { skip }, async t => {
    const folder = temporaryFolder(t);
    const compiled = compile(folder);
    const { pid } = await startWithAgent(codeOf(compiled));
    t.after(() => process.kill(pid, 'SIGKILL'));
    const file = join(folder, `cpu.${format === 'pb' ? 'pb.gz' : format}`);
    const written = await nops(['cpu', String(pid), '-s', '1', '--format', format, '-o', file]);
    assert.equal(written.code, 0, written.stderr);

    const listed = await nops(['pprof', '--json', '-list=chargeOrder', file]);
    const [routine] = JSON.parse(listed.stdout).routines;
    const minified =
      compile === bundle ? /function (\w+)\(/.exec(readFileSync(compiled.work, 'utf8'))?.[1] : 'chargeOrder';
    assert.equal(routine.file, compiled.source);

    const ui = await startUi(t, [file]);
    const { page, complaints } = await openPage(t, ui);
    await page
      .locator('.functions tbody tr', { hasText: new RegExp(`^\\s*${minified}\\b`) })
      .getByRole('button')
      .first()
      .click();
    await page.getByRole('button', { name: 'Selected' }).click();
    await textOf(page, '.lines caption', /of \S+src\/work\.ts, by the source map of the code that ran/);
    await textOf(page, '.lines tr.hot', line);
    const number = await page.locator('.lines tr.hot a').first().textContent();
    assert.equal(
      await page.locator('.lines tr.hot a').first().getAttribute('href'),
      `vscode://file${compiled.source}:${number}`,
    );
    assert.deepEqual(complaints, []);
  });
}
