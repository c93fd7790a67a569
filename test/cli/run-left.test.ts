/** `nops run` and what can be in its way: JavaScript that never ends, a nops that is killed, and another nops that asks meanwhile. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type { RunResult } from '@nops/core/protocol/run-results';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { nops, nopsPath, start, until } from './helpers.js';
import { busy, runCommand, script } from './run-command.js';

const spinning = 'console.log(process.pid); setTimeout(function spinForEver() { for (;;); }, 300);';

function functionsOf({ profiles }: RunResult): string[] {
  const cpu = profiles.find(({ kind }) => kind === 'cpu');
  return decodeProfile(gunzipSync(readFileSync(cpu?.file ?? ''))).functionNames;
}

for (const version of nodeVersions) {
  test(`Node ${version}: a first Ctrl-C ends a process that spins, with all of its profile`, async t => {
    const node = nodeBinary(version);
    if (node === undefined) return t.skip('not installed');
    const spins = await runCommand(
      [node, script('spins.cjs', spinning)],
      ['--cpu', '--trace'],
      async (printed, pid) => {
        await until('the app', () => printed().includes('\n'));
        await new Promise(resolve => setTimeout(resolve, 1000));
        process.kill(pid, 'SIGINT');
      },
    );
    const { signal, profiles, notes } = spins.result;
    assert.deepEqual(
      [signal, notes, profiles.map(({ complete }) => complete)],
      ['SIGINT', [], [true, true]],
      spins.stderr,
    );
    assert.ok(functionsOf(spins.result).includes('spinForEver'));
  });
}

test('one that spins and listens itself goes on, and has its profile written: a second Ctrl-C kills it', async () => {
  const file = script('listens.cjs', `process.on('SIGINT', () => {}); ${spinning}`);
  const ran = await runCommand([process.execPath, file], ['--cpu'], async (printed, pid) => {
    await until('the app', () => printed().includes('\n'));
    await new Promise(resolve => setTimeout(resolve, 1000));
    process.kill(pid, 'SIGINT');
    await new Promise(resolve => setTimeout(resolve, 3000));
    process.kill(pid, 'SIGINT');
  });
  assert.deepEqual([ran.result.signal, ran.result.profiles[0]?.complete], ['SIGKILL', false], ran.stderr);
  assert.ok(functionsOf(ran.result).includes('spinForEver'));
});

test('other commands answer meanwhile', async () => {
  const file = script('asked.cjs', `${busy}\nconsole.log(process.pid); process.on('SIGTERM', () => process.exit(0));`);
  const ran = await runCommand([process.execPath, file], ['--cpu'], async (printed, pid) => {
    const app = await until('the app', () => printed().trim());
    const info = await until('its agent', async () => {
      const { stdout } = await nops([app, '--json']);
      const parsed = JSON.parse(stdout);
      return parsed.agent === null ? undefined : parsed;
    });
    assert.equal(String(info.pid), app);
    const stats = await nops(['stats', app, '--json']);
    assert.deepEqual([stats.code, JSON.parse(stats.stdout).way], [0, 'agent'], stats.stderr);
    process.kill(pid, 'SIGTERM');
  });
  assert.deepEqual([ran.code, ran.result.profiles[0]?.complete], [0, true], ran.stderr);
});

test('what a nops that was killed has left goes with the next run, and what others use stays', async t => {
  const mine = () => readdirSync(tmpdir()).filter(name => name.startsWith('nops-run-'));
  const file = script('left.cjs', `${busy}\nconsole.log(process.pid); setTimeout(() => process.exit(), 20_000);`);
  const { pid, child } = start(process.execPath, [nopsPath, 'run', '--', process.execPath, file], {
    ...process.env,
    NODE_OPTIONS: '',
  });
  let printed = '';
  child.stdout?.on('data', chunk => (printed += chunk));
  const app = Number(await until('the app', () => printed.trim()));
  const left = mine().find(name => name.includes(`-${pid}-`)) ?? '';
  const ask = () => runCommand([process.execPath, '-e', '0']);
  await ask();
  assert.ok(existsSync(join(tmpdir(), left)), 'while that nops lives');
  const [, namespace] = left.split('-').slice(1);
  const other = join(tmpdir(), `nops-run-${Number(namespace) + 1}-${pid}-1-other`);
  mkdirSync(other);
  t.after(() => rmSync(other, { recursive: true }));
  child.kill('SIGKILL');
  await until('its end', () => child.signalCode);
  process.kill(app, 'SIGKILL');
  await ask();
  assert.ok(!mine().includes(left), left);
  assert.ok(existsSync(other), 'of another container');
});
