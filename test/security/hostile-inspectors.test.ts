/** Every command that uses an inspector against a process that answers on its inspector's port as no inspector does. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../support/target.js';
import { forbidden } from './attackers/hostile.js';
import { inParallel, meet } from './hostile.js';

const attacker = new URL('../../security/attackers/fake-inspector.mjs', import.meta.url).pathname;
const ways = JSON.parse(execFileSync(process.execPath, [attacker], { encoding: 'utf8' })) as string[];
const commands: ((pid: string) => string[])[] = [
  pid => ['attach', pid],
  pid => ['eval', pid, '6 * 7', '--run-in-process'],
  pid => ['heap-snapshot', pid, '-o', 'x.heapsnapshot'],
];
const maxBytes = 300e6;
/** A hang; the help of these commands says 60 s, and each ends much sooner. */
const hangMs = 60_000;
const exitCodes = new Set([0, 2, 3, 4, 5, 6]);

test(`${ways.length} fake inspectors: the truth or a refusal, in time and within bounds`, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'nops-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const wrong: string[] = [];
  await inParallel(ways, 3, async way => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise(resolve => server.close(resolve));
    const child = spawn(process.execPath, [`--inspect-port=${port}`, attacker, way, String(port)]);
    t.after(() => child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', chunk => (said += chunk));
    await until(
      () => said.includes('ready') || undefined,
      () => `${way} to be ready`,
    );
    for (const line of commands) {
      const args = line(String(child.pid));
      const { code, stdout, stderr, peakBytes } = await meet(t, { folder }, args, hangMs);
      const seen = `${way}: nops ${args[0]} ended with ${code}, ${(peakBytes / 1e6).toFixed(0)} MB: ${stdout}${stderr}`;
      if (code === null || !exitCodes.has(code) || peakBytes > maxBytes) wrong.push(seen);
      if (/at .*\.js:\d+/.test(stderr)) wrong.push(`a stack trace; ${seen}`);
      if (forbidden.test((stdout + stderr).replaceAll('\n', ''))) wrong.push(`an escape; ${seen}`);
    }
    child.kill('SIGKILL');
  });
  assert.deepEqual(wrong, []);
});
