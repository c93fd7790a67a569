/** Ctrl-C in the middle of `nops trace`: the first keeps what was recorded, as a whole file; the second discards it. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadTrace } from 'nops/dist/trace/load.js';
import { nopsPath } from '../cli/helpers.js';
import { temporaryFolder } from '../end-to-end/service.js';
import { type Target, until } from '../support/target.js';
import { connectionStays } from '../support/unix-connections.js';
import { startTraced } from './service.js';

test('Ctrl-C keeps what was recorded', async t => {
  const target = await startTraced(t);
  const { child, folder, ended, output } = await underWay(t, target);
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
  const { child, folder, ended, output } = await underWay(t, target);
  // Stopped, it can't answer the first Ctrl-C before the second comes.
  target.child.kill('SIGSTOP');
  child.kill('SIGINT');
  await until(
    () => /Ctrl-C again/.test(output()) || undefined,
    () => `the first to be taken; ${output()}`,
  );
  child.kill('SIGINT');
  assert.deepEqual(await ended, [130, null], output());
  target.child.kill('SIGCONT');
  assert.deepEqual(readdirSync(folder), []);
  await until(
    async () => (await target.ask('/debug/trace?seconds=1')).status === 200 || undefined,
    () => 'the next one to be able to record',
  );
});

/** `nops trace -s 30` in a folder of its own, once it records. */
async function underWay(t: TestContext, target: Target) {
  const folder = temporaryFolder(t);
  const args = ['trace', String(target.pid), '-s', '30', '-o', 'trace.json.gz'];
  const child = spawn(process.execPath, [nopsPath, ...args], {
    cwd: folder,
    env: { ...process.env, NOPS_DIR: target.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk));
  const ended = new Promise<unknown[]>(resolve => child.once('close', (...how) => resolve(how)));
  await connectionStays(target.socketPath(), () => output);
  return { child, folder, ended, output: () => output };
}
