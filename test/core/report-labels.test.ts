/** What stands in reports as Go's pprof of today writes it; test/end-to-end/go-pprof-*.test.ts compare all of it with Go's own. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { decodeProfile } from '@nops/core/profile/decode';
import type { Profile } from '@nops/core/profile/model';
import { defaultConfig, type ReportConfig, type ReportName } from '@nops/core/profile/report/config';
import { makeReport } from '@nops/core/profile/report/report';
import { formatPprof } from '@nops/core/profile/report/text';

function report(profile: Profile, name: ReportName, config: Partial<ReportConfig> = {}): string {
  const read = () => ({ error: 'no sources here' });
  return formatPprof(makeReport(profile, name, undefined, { ...defaultConfig, ...config }, read).result);
}

/** One sample of 3 ms in two calls on one line, the inner one inlined. */
function small(): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: 'cpu', unit: 'nanoseconds' }],
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: 1e6,
    timeNanos: 1_700_000_000_123_456_789n,
    durationNanos: 0,
  });
  const at = (name: string, column: number) => ({ functionId: builder.functionId(name, '/a.js', 1), line: 7, column });
  builder.addSample([builder.locationId([at('inner', 9), at('example.org/x/pkg.outer', 3)])], [3e6]);
  return { ...builder.build(), docUrl: 'https://example.org/how' };
}

test('tags under a filter are shares of everything, not of what the filter left', () => {
  const file = new URL('../../fixtures/pprof/tags-percent.pb.gz', import.meta.url);
  const profile = decodeProfile(gunzipSync(readFileSync(file)));
  const shown = report(profile, 'tags', { tagfocus: 'key[12]', tagignore: 'tag[13]' });
  assert.match(shown, / Total 100ms of 1\.12s \( 8\.93%\)\n +100ms \( 8\.93%\): tag2\n/);
  const relative = report(profile, 'tags', { tagfocus: 'key[12]', tagignore: 'tag[13]', relative_percentages: true });
  assert.match(relative, / Total 100ms of 100ms \( {2}100%\)\n +100ms \( {2}100%\): tag2\n/);
});

test('the head of a report: where its documentation is, and the time as year, month and day', () => {
  const shown = report(small(), 'top');
  assert.match(
    shown,
    /^Type: cpu\nDoc: https:\/\/example\.org\/how\nTime: 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \S+\nShowing /,
  );
});

test('a graph says where to learn to read it, in both its forms', () => {
  const note = 'See https://git.io/JfYMW for how to read the graph';
  assert.ok(report(small(), 'dot').includes(`\\l\\l${note}\\l"`));
  assert.ok(report(small(), 'svg').includes(`>${note}<`));
});

test('columns: always in -raw and -addresses, in -lines when they are asked for', () => {
  assert.match(report(small(), 'raw'), / inner \/a\.js:7:9 s=1\n +example\.org\/x\/pkg\.outer \/a\.js:7:3 s=1\n/);
  assert.match(report(small(), 'top', { granularity: 'addresses' }), /inner \/a\.js:7:9 /);
  assert.match(report(small(), 'top', { granularity: 'lines' }), /inner \/a\.js:7 /);
  assert.match(report(small(), 'top', { granularity: 'lines', showcolumns: true }), /inner \/a\.js:7:9 /);
});

test('-noinlines is heeded by -raw as well', () => {
  const shown = report(small(), 'raw', { noinlines: true });
  assert.doesNotMatch(shown, /inner/);
  assert.match(shown, / example\.org\/x\/pkg\.outer \/a\.js:7:0 s=1\n/);
});

test('samples without a stack stay in what labels cost, unless a filter by name is set', () => {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: 'samples', unit: 'count' }],
    periodType: { type: '', unit: '' },
    period: 0,
    timeNanos: 0n,
    durationNanos: 0,
  });
  builder.addSample([], [3], [{ key: 'route', text: '/feed' }]);
  assert.match(report(builder.build(), 'tags'), /route: Total 3 of 3 \( {2}100%\)/);
  assert.equal(report(builder.build(), 'tags', { ignore: 'x' }), '');
});
