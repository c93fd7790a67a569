/** Real processes die of a full heap, and leave a profile. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { topEntries } from '@nops/core/profile/top';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { agentRegister, startTarget } from '../support/target.js';

const flags = ['--max-old-space-size=64', '--import', agentRegister];

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nops-oom-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'profiles');
}

/** How much of what was alive `name` had allocated, 0 to 1. */
function share(file: string, name: string): number {
  const { entries, total } = topEntries(decodeProfile(gunzipSync(readFileSync(file))), { limit: 1000 });
  return (entries.find(entry => entry.function === name)?.cum ?? 0) / total;
}

const deaths = {
  'a slow leak': `function leak() { for (let i = 0; i < 2000; i++) kept.push({ i, list: [i, i, i], text: 't' + i }); } setInterval(leak, 1);`,
  'a burst of objects': 'function leak() { for (;;) kept.push({ a: 1, b: [1, 2, 3] }); } leak();',
  'a burst of arrays': 'function leak() { for (;;) kept.push(new Array(1e5).fill(1)); } leak();',
  'a burst of strings':
    "function leak() { for (;;) kept.push(JSON.parse(JSON.stringify('x'.repeat(1e6) + kept.length))); } leak();",
};

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  for (const [name, code] of Object.entries(deaths)) {
    test(`Node ${version}: ${name} leaves a profile and a report`, { skip: node === undefined }, async t => {
      const folder = folderFor(t);
      const target = await startTarget(t, `const kept = []; ${code}`, {
        execArgv: flags,
        env: { NOPS_OOM_PROFILE: folder },
        noSocket: true,
        ...(node === undefined ? {} : { node }),
      });
      assert.equal(await target.exited, 'SIGABRT', 'it dies as it would have');
      const { stderr } = target.output();
      assert.match(stderr, /FATAL ERROR/);
      const files = readdirSync(folder).sort();
      assert.deepEqual(
        files.map(file => file.replace(/\d{8}T\d{6}/, 'TIME')),
        [`nops-oom-${target.pid}-TIME.pb.gz`, `nops-oom-${target.pid}-TIME.txt`],
        stderr,
      );
      const [profile = '', report = ''] = files.map(file => join(folder, file));
      assert.ok(share(profile, 'leak') > 0.6, `leak() has ${share(profile, 'leak')} of it`);
      assert.match(readFileSync(report, 'utf8'), /reached its heap limit at.*command: .*app\.mjs.*\bleak\b/s);
      for (const file of [profile, report]) assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.equal(statSync(folder).mode & 0o777, 0o700);
    });
  }
}

test('only the latest are kept, NODE_OPTIONS do not reach the exporter, and names with quotes do no harm', async t => {
  const folder = folderFor(t);
  mkdirSync(folder, { recursive: true });
  const old = Array.from({ length: 10 }, (_, i) => `nops-oom-1-2020010${i % 10}T000000`);
  for (const name of old.flatMap(n => [`${n}.pb.gz`, `${n}.txt`])) writeFileSync(join(folder, name), '');
  writeFileSync(join(folder, 'something else'), '');
  const preload = join(folder, 'preload.cjs');
  writeFileSync(
    preload,
    "if (process.argv[1]?.endsWith('export.js')) require('fs').writeFileSync(__filename + '.ran', '');",
  );
  const code = `const o = { 'le"ak\\\\'() { const kept = []; for (;;) kept.push({ a: 1, b: [1, 2, 3] }); } }; o['le"ak\\\\']();`;
  const target = await startTarget(t, code, {
    execArgv: flags,
    env: { NOPS_OOM_PROFILE: folder, NODE_OPTIONS: `--require ${preload}` },
    noSocket: true,
  });
  await target.exited;
  const files = readdirSync(folder);
  const mine = files.filter(file => file.startsWith(`nops-oom-${target.pid}-`)).sort();
  assert.equal(mine.length, 2, target.output().stderr);
  assert.ok(share(join(folder, mine[0] ?? ''), 'o.le"ak\\') + share(join(folder, mine[0] ?? ''), 'le"ak\\') > 0.6);
  assert.equal(files.filter(file => file.startsWith('nops-oom-')).length, 20);
  assert.ok(!files.includes(`${old[0]}.txt`) && files.includes(`${old[9]}.txt`) && files.includes('something else'));
  assert.ok(!files.includes('preload.cjs.ran'));
});

test('what can’t be is told in a warning, and the app and the agent go on', async t => {
  const target = await startTarget(t, 'setInterval(() => {}, 1000)', { env: { NOPS_OOM_PROFILE: '/proc/nothing' } });
  await target.warned(/NopsWarning: nops agent: no profile will be left when the heap is full: .*\/proc\/nothing/);
  assert.equal((await target.ask('/debug/nops/info')).status, 200);
});

test('meanwhile the agent reads the same sampler, and its going and coming leaves it on', async t => {
  const folder = folderFor(t);
  const code = `const kept = []; function leak() { for (let i = 0; i < 2000; i++) kept.push({ i, list: [i, i, i] }); }
let timer = setInterval(leak, 10);
process.on('SIGUSR2', () => { clearInterval(timer); setInterval(leak, 0); });`;
  const target = await startTarget(t, code, { execArgv: flags, env: { NOPS_OOM_PROFILE: folder } });
  for (const path of ['heap', 'heap?gc=1', 'heap?seconds=1']) {
    const answer = await target.ask(`/debug/pprof/${path}`);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(decodeProfile(gunzipSync(answer.body)).functionNames.includes('leak'), path);
  }
  assert.equal((await target.ask('/debug/pprof/allocs')).status, 501);
  // The agent's session is left after a second without requests.
  await new Promise(resolve => setTimeout(resolve, 1500));
  target.child.kill('SIGUSR2');
  await target.exited;
  assert.equal(readdirSync(folder).length, 2, target.output().stderr);
});
