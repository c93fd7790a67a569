/** `nops report`: flamebearer's own summary of what V8 wrote, and the right numbers of what was converted for it; on every Node. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { PprofResult } from '@nops/core/protocol/pprof-results';
import type { ReportResult } from '@nops/core/protocol/report-results';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { nops, nopsPath, run } from './helpers.js';

const folder = mkdtempSync(join(tmpdir(), 'nops-report-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const goCpu = fileURLToPath(new URL('../../fixtures/pprof/go-cpu-1.pb.gz', import.meta.url));
const flamebearer = join(dirname(createRequire(import.meta.url).resolve('flamebearer')), 'bin/flamebearer');

const burning = `function inner(n) { let x = 0; for (let i = 0; i < n; i++) x += Math.sqrt(i); return x; }
function outer() { return inner(1e6); }
const end = Date.now() + 300;
while (Date.now() < end) outer();`;

before(() => {
  writeFileSync(join(folder, 'burn.mjs'), burning);
  const trace = ['--trace-event-categories', 'disabled-by-default-v8.cpu_profiler'];
  const args = ['--cpu-prof', '--cpu-prof-name=burn.cpuprofile', ...trace, 'burn.mjs'];
  assert.equal(spawnSync(process.execPath, args, { cwd: folder, timeout: 30_000 }).status, 0);
  copyFileSync(join(folder, 'node_trace.1.log'), join(folder, 'trace.json'));
});

test('a .cpuprofile and a trace: what flamebearer itself says', async () => {
  for (const name of ['burn.cpuprofile', 'trace.json']) {
    for (const args of [[], ['--top', '3'], ['--stacks', 'inner']]) {
      const [ours, theirs] = await Promise.all([
        nops(['report', join(folder, name), ...args]),
        // Node 20 lacks what it calls.
        run(nodeBinary('24') ?? '', [flamebearer, join(folder, name), ...args]),
      ]);
      assert.equal(ours.code, 0, ours.stderr);
      assert.match(ours.stdout, /inner/);
      // It ends with a line about its own options.
      assert.ok(theirs.stdout.startsWith(ours.stdout), `${ours.stdout}\n---\n${theirs.stdout}`);
    }
  }
});

test('another profile is converted without a millisecond lost', async () => {
  const told = JSON.parse((await nops(['report', '--json', '--top', '500', goCpu])).stdout) as ReportResult;
  const top = JSON.parse((await nops(['pprof', '-top', '-json', '-notrim', goCpu])).stdout) as PprofResult;
  assert.equal(told.schema, 'nops.report/1');
  const [thread] = told.threads;
  assert.equal(thread?.busyMs, top.total / 1e6);
  const own = new Map<string, number>();
  for (const { function: name, selfMs } of thread?.top ?? []) own.set(name, (own.get(name) ?? 0) + selfMs);
  const expected = (top.rows ?? []).filter(({ flat }) => flat !== 0).map(({ name, flat }) => [name, flat / 1e6]);
  assert.deepEqual(new Map([...own].sort()), new Map((expected as [string, number][]).sort()));
  assert.match(told.notes.join(), /has no times of samples/);
});

for (const version of nodeVersions) {
  test(`on Node ${version}, several sources, each a thread`, async () => {
    const args = [nopsPath, 'report', join(folder, 'burn.cpuprofile'), goCpu];
    const ended = await run(nodeBinary(version) ?? '', args);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /=== burn ===/);
    assert.match(ended.stdout, /=== go-cpu-1\.pb\.gz ===/);
    assert.match(ended.stdout, /main\.fibonacci/);
  });
}

test('what is no CPU profile is refused', async () => {
  const damaged = join(folder, 'damaged.cpuprofile');
  writeFileSync(damaged, readFileSync(join(folder, 'burn.cpuprofile'), 'utf8').slice(0, 1000));
  const heap = fileURLToPath(new URL('../../fixtures/pprof/go-heap.pb.gz', import.meta.url));
  for (const [args, message] of [
    [[damaged], /its JSON is damaged/],
    [[heap], /this format has times/],
    [[join(folder, 'absent.pb.gz')], /there is no file/],
    [[goCpu, '--thread', 'nobody'], /no thread is called like nobody/],
    [[goCpu, '--from', 'now'], /--from is no number of milliseconds/],
  ] as const) {
    const ended = await nops(['report', ...args]);
    assert.equal(ended.code, 2, ended.stdout + ended.stderr);
    assert.match(ended.stderr, message);
  }
  assert.ok(existsSync(flamebearer));
});
