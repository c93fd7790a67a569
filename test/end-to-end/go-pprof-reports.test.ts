/**
 * `nops pprof` beside `go tool pprof`: the same report on the same profile, line for line, on profiles of a Go program (recorded by
 * test/fixtures/pprof/burn.go), of a C++ program (burn.cpp there) and of Node processes with our agent. Differences that are known, each with its cause:
 *
 * - Edges of one node with equal weights of different signs have no order in Go (its sort takes neither for less): the lines of a block
 *   are compared sorted, in differences only.
 * - -dot has no line "See https://git.io/…"; and in differences Go orders nodes by the logarithm of negative shares, so there only what
 *   nodes say is compared, not their order.
 * - Warnings are notes after the report here, and on standard error there.
 * - Locations that differ in their column alone are one to Debian's Go, which does not know columns. Reports without locations (-top,
 *   -tree, -peek, -list, -dot) are the same all the same; -raw and -traces are compared on what Go itself wrote of a profile of Node.
 * - Times in zones whose short name Node does not know are told as GMT+1 (not reached here: TZ is UTC).
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { encodeProfile } from '@nops/core/profile/encode';
import type { Profile } from '@nops/core/profile/model';
import { type Ended, nops, run } from '../cli/helpers.js';
import { startTarget } from '../support/target.js';

const tools = spawnSync('go', ['env', 'GOTOOLDIR'], { encoding: 'utf8' });
const skip = tools.error === undefined ? false : "needs Debian's golang-go";
const fixtures = fileURLToPath(new URL('../../fixtures/pprof/', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'nops-pprof-'));
after(() => rmSync(home, { recursive: true, force: true }));

const env = { TZ: 'UTC', HOME: home, PPROF_TMPDIR: home, XDG_CONFIG_HOME: home };

/** Without the start of `go` itself, which is most of the time. */
function goPprof(args: string[]): Promise<Ended> {
  return run(join(tools.stdout.trim(), 'pprof'), ['-symbolize=none', ...args], env);
}

/** What Go's order leaves open, see above. */
function comparable(text: string, args: string[]): string[] {
  const lines = text
    .replace(/\\l\\lSee https:[^"]*"/, '\\l"')
    .split('\n')
    .filter(line => !line.startsWith('note: '));
  const isDiff = args.some(arg => /base=/.test(arg));
  if (!isDiff) return lines;
  if (args[0] === '-dot')
    return lines.flatMap(line => /^N\d+ \[(label=".*?").*shape=box /.exec(line)?.[1] ?? []).sort();
  if (args[0] !== '-tree' && !args[0]?.startsWith('-peek')) return lines;
  return lines
    .join('\n')
    .split(/^(?=-{20})/m)
    .map(block => block.split('\n').sort().join('\n'));
}

async function assertSame(args: string[]): Promise<void> {
  const [theirs, ours] = await Promise.all([goPprof(args), nops(['pprof', ...args], env)]);
  assert.equal(theirs.code, 0, `${args.join(' ')}: ${theirs.stderr}`);
  assert.equal(ours.code, 0, `${args.join(' ')}: ${ours.stderr}`);
  // Go's program has no comments, and that of C++ no labels.
  assert.ok(theirs.stdout.length > 0 || args[0] === '-comments' || args.at(-1) === cpp, args.join(' '));
  assert.deepEqual(comparable(ours.stdout, args), comparable(theirs.stdout, args), args.join(' '));
}

const file = (name: string) => join(fixtures, name);
const cpu = file('go-cpu-1.pb.gz');
const later = file('go-cpu-2.pb.gz');
const heap = file('go-heap.pb.gz');
const base = `-base=${cpu}`;
const diffBase = `-diff_base=${cpu}`;
const space = '-sample_index=alloc_space';

const cases: Record<string, string[][]> = {
  'granularity, order and size': [
    ['-top', cpu],
    ['-text', '-cum', cpu],
    ...['-lines', '-files', '-filefunctions', '-addresses', '-noinlines'].map(option => ['-top', option, cpu]),
    ['-top', '-addresses', '-noinlines', cpu],
    ['-top', '-nodefraction=0.05', cpu],
    ['-top', '-nodecount=5', '-cum', cpu],
    ['-top', '-nodecount', '5', cpu],
  ],
  'sample types, means and units': [
    ['-top', '-unit=us', cpu],
    ['-top', '-sample_index=samples', cpu],
    ['-top', '-sample_index=0', cpu],
    ['-top', '-mean', cpu],
    ['-top', '-divide_by=3', cpu],
    ['-top', heap],
    ['-top', space, heap],
    ['-top', '-sample_index=inuse_objects', '-lines', heap],
    ['-top', '-mean', space, heap],
  ],
  'filters by name': [
    ['-top', '-focus=json', cpu],
    ['-top', '-ignore=runtime', cpu],
    ['-top', '-hide=runtime|sort', cpu],
    ['-top', '-show=main|json', cpu],
    ['-top', '-show_from=encode$', cpu],
    ['-top', '-prune_from=mallocgc', cpu],
    ['-top', '-focus=json', '-relative_percentages', cpu],
    ['-top', '-focus=(?i)JSON', '-hide=burn\\.go', '-lines', cpu],
    ['-top', '-focus=[[:upper:]]tring$', cpu],
  ],
  'filters by tag': [
    ['-top', '-tagfocus=feed', cpu],
    ['-top', '-tagfocus=route=feed,item', cpu],
    ['-top', '-tagfocus=feed,step:a', cpu],
    ['-top', '-tagignore=item', cpu],
    ['-top', '-tagfocus=nothing', cpu],
    ['-top', '-tagfocus=1kb:', space, heap],
    ['-top', '-tagfocus=:100b', space, heap],
    ['-top', '-tagignore=bytes=16b:64b', space, heap],
    ['-top', '-tagroot=route', cpu],
    ['-top', '-tagleaf=route,step', '-cum', cpu],
    ['-top', '-tagroot=bytes', space, heap],
  ],
  'tree and peek': [
    ['-tree', cpu],
    ['-tree', '-nodecount=20', cpu],
    ['-tree', '-lines', cpu],
    ['-tree', '-focus=json', '-edgefraction=0.02', cpu],
    ['-tree', space, heap],
    ['-peek=json', cpu],
    ['-peek=hash|mix', cpu],
  ],
  'traces, tags, raw, comments': [
    ['-traces', cpu],
    ['-traces', '-lines', '-focus=fibonacci', cpu],
    ['-traces', heap],
    ['-tags', cpu],
    ['-tags', '-taghide=step', cpu],
    ['-tags', '-tagshow=step', cpu],
    ['-tags', space, heap],
    ['-tags', '-unit=kB', space, heap],
    ['-raw', cpu],
    ['-raw', cpu, later],
    ['-raw', heap],
    ['-comments', cpu],
  ],
  list: [
    ['-list=main.encode', '-source_path', fixtures, cpu],
    ['-list=mix|hash', '-source_path', fixtures, cpu],
    ['-list=json', cpu],
  ],
  'merged and compared': [
    ['-top', cpu, later],
    ['-top', base, later],
    ['-top', diffBase, later],
    ['-top', diffBase, '-normalize', later],
    ['-top', base, '-normalize', '-cum', later],
    ['-top', diffBase, '-drop_negative', later],
    ['-tree', diffBase, later],
    ['-peek=encode', diffBase, later],
    ['-tags', diffBase, later],
    ['-traces', base, later],
  ],
  dot: [
    ['-dot', cpu],
    ['-dot', '-nodecount=10', cpu],
    ['-dot', '-lines', '-focus=json', cpu],
    ['-dot', space, heap],
    ['-dot', diffBase, '-nodecount=1000', later],
  ],
};

for (const [what, commands] of Object.entries(cases)) {
  test(`profiles of a Go program: ${what}`, { skip }, async () => {
    for (const args of commands) await assertSame(args);
  });
}

const cpp = file('cpp-cpu.pb.gz');
const cppBase = file('cpp-cpu-2.pb.gz');

const cppCases: Record<string, string[][]> = {
  reports: [
    ['-top', cpp],
    ['-tree', cpp],
    ['-tree', '-lines', '-nodecount=20', cpp],
    ['-peek=store::', cpp],
    ['-traces', cpp],
    ['-tags', cpp],
    ['-raw', cpp],
    ['-dot', cpp],
    ['-list=fibonacci|mix', '-source_path', fixtures, cpp],
  ],
  granularity: ['-lines', '-files', '-filefunctions', '-addresses', '-noinlines'].map(option => ['-top', option, cpp]),
  filters: [
    ['-top', '-focus=store::', cpp],
    ['-top', '-ignore=libm', cpp],
    ['-top', '-focus=libc\\.so', '-cum', cpp],
    ['-top', '-hide=^std::|__gnu_cxx', cpp],
    ['-top', '-show=\\(anonymous namespace\\)', cpp],
    ['-top', '-show_from=fill', cpp],
    ['-top', '-prune_from=fibonacci', cpp],
    ['-tree', '-focus=Index<', cpp],
  ],
  'merged and compared': [
    ['-top', cpp, cppBase],
    ['-top', `-diff_base=${cppBase}`, cpp],
    ['-top', `-base=${cppBase}`, '-normalize', cpp],
    ['-peek=.', `-diff_base=${cppBase}`, cpp],
    ['-traces', `-diff_base=${cppBase}`, cpp],
    ['-tags', `-diff_base=${cppBase}`, cpp],
  ],
};

for (const [what, commands] of Object.entries(cppCases)) {
  test(`profiles of a C++ program: ${what}`, { skip }, async () => {
    for (const args of commands) await assertSame(args);
  });
}

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
    await assertSame(['-list=.', ...paths, profile]);
    await assertSame(['-top', '-lines', ...paths, profile]);
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

test('what -proto writes is the same profile for both', { skip }, async () => {
  for (const [i, args] of [[cpu], [cpu, later], [diffBase, later], ['-focus=json', cpu], [heap]].entries()) {
    const ours = join(home, `${i}.pb.gz`);
    const theirs = join(home, `${i}.go.pb.gz`);
    assert.equal((await nops(['pprof', '-proto', `-output=${ours}`, ...args], env)).code, 0);
    assert.equal((await goPprof(['-proto', `-output=${theirs}`, ...args])).code, 0);
    const [a, b, c] = await Promise.all([
      goPprof(['-top', '-nodefraction=0', ours]),
      goPprof(['-top', '-nodefraction=0', theirs]),
      nops(['pprof', '-top', '-nodefraction=0', theirs], env),
    ]);
    assert.equal(a.code, 0, a.stderr);
    assert.equal(a.stdout, b.stdout, args.join(' '));
    assert.equal(c.stdout, b.stdout, args.join(' '));
  }
});

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
  const withoutColumns = join(folder, 'go.pb.gz');
  assert.equal((await goPprof(['-proto', `-output=${withoutColumns}`, own])).code, 0);
  for (const args of [
    ['-top', own],
    ['-top', '-lines', own],
    ['-top', '-files', '-sample_index=samples', own],
    ['-top', '-ignore=burn', own],
    ['-tree', own],
    ['-peek=.', '-lines', own],
    ['-traces', withoutColumns],
    ['-raw', withoutColumns],
    ['-comments', own],
    ['-list=burn', own],
    ['-dot', own],
    ['-top', ownHeap],
    ['-tree', '-sample_index=inuse_objects', ownHeap],
  ])
    await assertSame(args);
  for (const source of [String(pid), `${pid}/heap`]) {
    const direct = await nops(['pprof', '-top', '-seconds=1', source], { ...env, NOPS_DIR: folder });
    assert.equal(direct.code, 0, direct.stderr);
    assert.match(direct.stdout, source === String(pid) ? /% {2}burn\n/ : /% {2}hoard\n/);
  }
});
