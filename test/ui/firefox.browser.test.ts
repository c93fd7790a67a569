/** A profile that the Firefox Profiler saved, given to the page of `nops ui` as its reader has it: gzipped, with several threads. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { toFirefox } from '@nops/core/profile/formats/to-firefox';
import { temporaryFolder } from '../support/temporary-folder.js';
import { openPage, skip, textOf } from './browser.js';
import { startUi } from './start-ui.js';

function firefoxFile(folder: string): string {
  const wall = { type: 'wall', unit: 'nanoseconds' };
  const builder = new ProfileBuilder({
    sampleTypes: [wall],
    periodType: wall,
    period: 1e6,
    timeNanos: 0n,
    durationNanos: 0,
  });
  const at = (name: string) =>
    builder.locationId([{ functionId: builder.functionId(name, '/srv/app.js', 1), line: 1, column: 1 }]);
  builder.addSample([at('parse'), at('main')], [3e6]);
  const written = JSON.parse(JSON.stringify(toFirefox(builder.build(), 'test')));
  written.threads.push({ ...written.threads[0], name: 'second', tid: 1 });
  const file = join(folder, 'saved.json.gz');
  writeFileSync(file, gzipSync(JSON.stringify(written)));
  return file;
}

test('a file of the Firefox Profiler opens, and its threads are labels', { skip }, async t => {
  const ui = await startUi(t, []);
  const { page, complaints } = await openPage(t, ui, { ready: 'text=Drop a profile here' });
  await page.setInputFiles('input[type=file]', firefoxFile(temporaryFolder(t)));
  await textOf(page, '.functions tbody tr', /parse[\s\S]*6 ms\s+100\.0 %/);
  await page.getByRole('button', { name: 'Labels' }).click();
  await textOf(page, 'main', /thread[\s\S]*main[\s\S]*second/);
  assert.deepEqual(complaints, []);
});
