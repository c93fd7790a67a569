/** Reports on profiles of a Go program, which test/fixtures/pprof/burn.go recorded, as `go tool pprof` writes them. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { nops } from '../cli/helpers.js';
import { assertAllSame, env, fixture, fixtures, goPprof, home } from './go-compare.js';
import { skip, withoutOldDifferences } from './go-tool.js';

const cpu = fixture('go-cpu-1.pb.gz');
const later = fixture('go-cpu-2.pb.gz');
const heap = fixture('go-heap.pb.gz');
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
    ['-tags', '-divide_by=3', cpu],
    ['-tags', '-focus=json', cpu],
    ['-tags', '-focus=json', '-relative_percentages', cpu],
    ['-tags', '-tagfocus=key[12]', '-tagignore=tag[13]', fixture('tags-percent.pb.gz')],
    ['-raw', '-noinlines', cpu],
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
  test(`profiles of a Go program: ${what}`, { skip }, async t => {
    await assertAllSame(t, commands);
  });
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
    assert.equal(withoutOldDifferences(c.stdout), withoutOldDifferences(b.stdout), args.join(' '));
  }
});
