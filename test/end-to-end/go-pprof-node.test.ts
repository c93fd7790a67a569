/** Reports on profiles of Node processes with our agent, and on made ones, as `go tool pprof` writes them. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { encodeProfile } from '@nops/core/profile/encode';
import type { Profile } from '@nops/core/profile/model';
import { nops } from '../cli/helpers.js';
import { startTarget } from '../support/target.js';
import { assertAllSame, env } from './go-compare.js';
import { skip } from './go-tool.js';

/** As in go-pprof.test.ts. */
const busy = `import v8 from 'node:v8';
v8.setFlagsFromString('--no-use-osr');
function burn(ms) { const end = performance.now() + ms; let x = 0; while (performance.now() < end) x += Math.sqrt(x + 1); return x; }
function parse() { for (let i = 0; i < 2000; i++) JSON.parse('{"a":[1,2,{"b":"' + i + '"}]}'); }
const kept = [];
function hoard() { for (let i = 0; i < 2000; i++) kept.push({ text: 'x'.repeat(100) + i, list: [i, i, i, i] }); }
setInterval(burn, 40, 20);
setInterval(parse, 15);
setInterval(hoard, 10);`;

test('profiles of a Node process, and reports straight from it', { skip }, async t => {
  const { pid, folder } = await startTarget(t, busy);
  const files: Record<string, string> = {};
  for (const kind of ['cpu', 'heap']) {
    files[kind] = join(folder, `${kind}.pb.gz`);
    const written = await nops([kind, String(pid), '-s', '1', '-o', files[kind]], { NOPS_DIR: folder });
    assert.equal(written.code, 0, written.stderr);
  }
  const { cpu: own = '', heap: ownHeap = '' } = files;
  await assertAllSame(t, [
    ['-top', own],
    ['-top', '-lines', own],
    ['-top', '-lines', '-showcolumns', own],
    ['-top', '-addresses', own],
    ['-top', '-files', '-sample_index=samples', own],
    ['-top', '-ignore=burn', own],
    ['-tree', own],
    ['-peek=.', '-lines', own],
    ['-traces', own],
    ['-traces', '-lines', '-showcolumns', own],
    ['-raw', own],
    ['-raw', '-noinlines', own],
    ['-comments', own],
    ['-list=burn', own],
    ['-dot', own],
    ['-top', ownHeap],
    ['-tree', '-sample_index=inuse_objects', ownHeap],
  ]);
  for (const source of [String(pid), `${pid}/heap`]) {
    const direct = await nops(['pprof', '-top', '-seconds=1', source], { ...env, NOPS_DIR: folder });
    assert.equal(direct.code, 0, direct.stderr);
    assert.match(direct.stdout, source === String(pid) ? /% {2}burn\n/ : /% {2}hoard\n/);
  }
});

test('sources with absolute paths, that are there or elsewhere', { skip }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'nops-sources-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'project/src'), { recursive: true });
  const there = join(folder, 'project/src/a.js');
  writeFileSync(there, Array.from({ length: 20 }, (_, i) => `\tline ${i + 1} of  a\n`).join(''));
  const profile = join(folder, 'absolute.pb');
  writeFileSync(profile, encodeProfile(absolutePaths(there)));
  const built = '/gone/project';
  for (const paths of [
    [],
    ['-source_path', join(folder, 'project')],
    ['-source_path', `${join(folder, 'project')}/`],
    ['-source_path', join(folder, 'project/src')],
    ['-trim_path', built],
    ['-trim_path', built, '-source_path', join(folder, 'project')],
    ['-trim_path', `/gone/elsewhere:${built}/src/`, '-source_path', `/nowhere:${join(folder, 'project/src')}`],
  ]) {
    await assertAllSame(t, [
      ['-list=.', ...paths, profile],
      ['-top', '-lines', ...paths, profile],
    ]);
  }
});

/** Functions of a source that is at `there`, of one that was elsewhere when it was built, and of one that is nowhere. */
function absolutePaths(there: string): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: 'cpu', unit: 'nanoseconds' }],
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: 1e6,
    timeNanos: 0n,
    durationNanos: 0,
  });
  const at = (name: string, path: string, startLine: number, line: number) =>
    builder.locationId([{ functionId: builder.functionId(name, path, startLine), line, column: 0 }]);
  const main = at('main', '/gone/project/src/a.js', 10, 12);
  builder.addSample([at('work', '/gone/project/src/a.js', 3, 5), main], [5e6]);
  builder.addSample([at('work', '/gone/project/src/a.js', 3, 6), main], [7e6]);
  builder.addSample([at('other', '/gone/elsewhere/b.js', 1, 2), main], [9e6]);
  builder.addSample([at('here', there, 0, 12)], [2e6]);
  builder.addSample([at('folder', dirname(there), 0, 2)], [1e6]);
  return builder.build();
}
