/** `nops pools --deep` on processes that nobody prepared: told before, refused where the pause would be long, nothing left. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { PoolsResult } from '@nops/core/protocol/results';
import { maxWalkMs, predictWalk } from '@nops/probe/through/predict-walk';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { folder, nops, start, startWithAgent, until } from './helpers.js';

const agents = `const http = require('node:http'); globalThis.kept = new http.Agent({ maxSockets: 7 });`;
const json = (text: string) => JSON.parse(text) as PoolsResult;

for (const version of [nodeVersions[0] ?? '', nodeVersions.at(-1) ?? '']) {
  test(`Node ${version}: an Agent that no request uses is found with --deep and not without, also where there is no agent`, async t => {
    const node = nodeBinary(version);
    if (node === undefined) return t.skip(`Node ${version} is not installed`);
    const code = `${agents} setInterval(() => {}, 1000); console.log('ready')`;
    const { pid, child } = start(node, ['--inspect-port=0', '-e', code]);
    t.after(() => child.kill('SIGKILL'));
    let said = '';
    child.stdout?.on('data', chunk => (said += chunk));
    await until('the app', () => said.includes('ready'));

    const shallow = await nops(['pools', String(pid), '--json']);
    assert.equal(shallow.code, 0, shallow.stderr);
    assert.deepEqual(json(shallow.stdout).pools, []);
    assert.doesNotMatch(shallow.stderr, /predicted/);

    const deep = await nops(['pools', String(pid), '--deep', '--json']);
    assert.equal(deep.code, 0, deep.stderr);
    assert.match(
      deep.stderr,
      new RegExp(`searching .* of heap; predicted: the main thread of process ${pid} stands still for`),
    );
    const { pools, walk } = json(deep.stdout);
    assert.ok(pools.some(pool => pool.settings.maxSockets === 7 && pool.peers.length === 0));
    assert.ok((walk?.predictedMs ?? 0) > 0 && (walk?.found ?? 0) > 0);
    assert.ok(!readdirSync(folder).some(name => name.startsWith(`nops-${pid}-`)), 'no agent is left');
    assert.doesNotThrow(() => process.kill(pid, 0));
  });
}

test('a big heap: refused with the prediction, nothing is started; --force does it', async () => {
  const big = `${agents} globalThis.rows = Array.from({ length: 1.2e6 }, (_, i) => ({ i, tags: [i] }));`;
  const { pid } = await startWithAgent(`${big} setInterval(() => {}, 1000); console.log('ready')`);
  const refused = await nops(['pools', String(pid), '--deep', '--json']);
  assert.deepEqual([refused.code, refused.stdout], [6, '']);
  assert.match(refused.stderr, /searching .* of heap; predicted: /);
  assert.match(refused.stderr, /would stand still for up to .*, more than 2 s; nothing was started/);
  assert.match(refused.stderr, /next: .*--force/);
  const { stdout } = await nops(['pools', String(pid), '--json']);
  assert.deepEqual(json(stdout).pools, [], 'it has not been searched');

  const forced = await nops(['pools', String(pid), '--deep', '--force']);
  assert.equal(forced.code, 0, forced.stderr);
  assert.match(forced.stdout, /maxSockets=7/);
  assert.match(forced.stdout, /the main thread stood still for/);
});

test('--force alone is a mistake, and --help says what --deep does', async () => {
  const alone = await nops(['pools', '1', '--force']);
  assert.equal(alone.code, 2, alone.stderr);
  assert.match(alone.stderr, /--force goes with --deep/);
  const help = await nops(['pools', '--help']);
  assert.match(help.stdout, /--deep[\s\S]*stands still/);
});

test('the prediction grows with the heap, and for a process that has only part of a core', () => {
  const facts = { usedBytes: 50e6, limitCores: null };
  assert.ok(predictWalk(facts) < maxWalkMs && predictWalk({ ...facts, usedBytes: 70e6 }) > maxWalkMs);
  assert.equal(predictWalk({ ...facts, limitCores: 0.25 }), 4 * predictWalk(facts));
  assert.equal(predictWalk({ ...facts, limitCores: 8 }), predictWalk(facts));
});
