/** Ctrl-C in the middle of `nops trace`: the first keeps what was recorded, as a whole file; the second discards it. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadTrace } from 'nops/dist/trace/load.js';
import { recordingUnderWay } from '../support/recording-under-way.js';
import { until } from '../support/target.js';
import { startTraced } from './service.js';

test('Ctrl-C keeps what was recorded', async t => {
  const target = await startTraced(t);
  const { child, folder, ended, output } = await recordingUnderWay(t, target, 'trace', 'trace.json.gz');
  child.kill('SIGINT');
  assert.deepEqual(await ended, [0, null], output());
  assert.match(output(), /Ctrl-C again discards it/);
  assert.match(output(), /partial: ended early/);
  const trace = await loadTrace(readFileSync(join(folder, 'trace.json.gz')));
  assert.equal(trace.damaged, 0);
  assert.match(String(trace.end?.notes), /partial/);
  assert.ok(trace.ticks > 0 && trace.ticks < 20e7, `${trace.ticks} ticks of 30 s`);
  assert.ok(trace.tasks.count > 0);
});

test('Ctrl-C twice: no file, and the next one can record', async t => {
  const target = await startTraced(t);
  const { child, folder, ended, output } = await recordingUnderWay(t, target, 'trace', 'trace.json.gz');
  // Stopped, it can't answer the first Ctrl-C before the second comes.
  target.child.kill('SIGSTOP');
  child.kill('SIGINT');
  await until(
    () => /Ctrl-C again/.test(output()) || undefined,
    () => `the first to be taken; ${output()}`,
  );
  child.kill('SIGINT');
  assert.deepEqual(await ended, [null, 'SIGINT'], output());
  target.child.kill('SIGCONT');
  assert.deepEqual(readdirSync(folder), []);
  await until(
    async () => (await target.ask('/debug/trace?seconds=1')).status === 200 || undefined,
    () => 'the next one to be able to record',
  );
});
