/** Queries on samples against the reports of `nops pprof`, which are Go's: under the same filters every number is the same. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProfileBuilder } from '@nops/core/profile/builder';
import type { Label, Profile } from '@nops/core/profile/model';
import { type Query, QueryEngine } from '@nops/core/profile/query/engine';
import type { Filter } from '@nops/core/profile/query/filters';
import { placeOf } from '@nops/core/profile/query/grouping';
import { storeOfProfile } from '@nops/core/profile/query/store-of-profile';
import { defaultConfig, type ReportConfig, type ReportName } from '@nops/core/profile/report/config';
import { buildGraph } from '@nops/core/profile/report/graph';
import { listRoutines } from '@nops/core/profile/report/listing';
import { prepareReport } from '@nops/core/profile/report/prepare';
import { tagTotals, treeNodes } from '@nops/core/profile/report/tables';
import { trimmedGraph } from '@nops/core/profile/report/trim';
import { randomNumbers } from '../support/random.js';

const plain: Query = { type: 1, filters: [], by: 'function', rootLabels: [], time: undefined, compare: undefined };

const names = ['main', 'handle', 'parse', 'render', 'walk', 'query'];
const files = [
  '/srv/app.js',
  '/srv/lib/db.js',
  '/srv/node_modules/@x/y/i.js',
  '/srv/node_modules/z/i.js',
  'node:fs',
  '',
];
const routes = ['/a', '/b', '/c,d', '/e:f'];

/** Stacks of functions that come again, on several lines, some of them inlined; labels of both kinds. */
function randomProfile(seed: number, isInlined = true): Profile {
  const random = randomNumbers(seed);
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'wall', unit: 'nanoseconds' },
    ],
    periodType: { type: 'wall', unit: 'nanoseconds' },
    period: 1,
    timeNanos: 0n,
    durationNanos: 0,
  });
  const line = () => {
    const name = names[random(names.length)] ?? '';
    const file = files[(name.length + random(2)) % files.length] ?? '';
    return { functionId: builder.functionId(name, file, 1), line: 1 + random(3), column: 0 };
  };
  for (let i = 0; i < 60; i++) {
    const stack = Array.from({ length: 1 + random(8) }, () =>
      builder.locationId(isInlined && random(4) === 0 ? [line(), line()] : [line()]),
    );
    const labels: Label[] = [];
    if (random(3) > 0) labels.push({ key: 'route', text: routes[random(routes.length)] ?? '' });
    if (random(3) === 0) labels.push({ key: 'bytes', number: BigInt(random(3)) * 1024n, unit: 'bytes' });
    builder.addSample(stack, [1 + random(3), random(1000)], labels);
  }
  return builder.build();
}

const seeds = Array.from({ length: 25 }, (_, i) => i + 1);

function prepare(profile: Profile, config: Partial<ReportConfig>, report: ReportName = 'top') {
  return prepareReport(profile, report, { ...defaultConfig, granularity: 'filefunctions', trim: false, ...config });
}

/** flat and cum by `name file`, as -top tells them. */
function pprofCosts(profile: Profile, config: Partial<ReportConfig>): Map<string, [number, number]> {
  const prepared = prepare(profile, config);
  const nodes = buildGraph(prepared.profile, { type: 1, divisor: undefined, objects: false, dropNegative: false });
  return sorted(nodes.map(({ info, flat, cum }) => [`${info.name} ${info.file}`, [flat, cum]]));
}

function queryCosts(profile: Profile, query: Partial<Query>): Map<string, [number, number]> {
  const engine = new QueryEngine(storeOfProfile(profile));
  const asked = { ...plain, ...query };
  const { selfs, totals } = engine.costs(asked);
  const { files: own } = engine.store.frames;
  const grouping = engine.grouping(asked);
  const all = grouping.names.map((name, g): [string, [number, number]] => [
    // Labels have their key for a file.
    `${name === '(none)' ? '' : name} ${own[g] ?? grouping.places[g]}`,
    [selfs[g] ?? 0, totals[g] ?? 0],
  ]);
  return sorted(all.filter(([, [self, total]]) => self !== 0 || total !== 0));
}

function sorted(rows: [string, [number, number]][]): Map<string, [number, number]> {
  return new Map(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const cases: Record<string, { query: Partial<Query>; config: Partial<ReportConfig> }> = {
  'no filter': { query: {}, config: {} },
  focus: filtered({ kind: 'focus', text: 'parse|db' }, { focus: 'parse|db' }),
  ignore: filtered({ kind: 'ignore', text: '^walk$' }, { ignore: '^walk$' }),
  hide: filtered({ kind: 'hide', text: 'node_modules' }, { hide: 'node_modules' }),
  show: filtered({ kind: 'show', text: 'app.js' }, { show: 'app.js' }),
  show_from: filtered({ kind: 'show_from', text: 'render|node:fs' }, { show_from: 'render|node:fs' }),
  tagfocus: filtered({ kind: 'tagfocus', text: 'route=^/a$' }, { tagfocus: 'route=^/a$' }),
  'tagfocus of a range': filtered({ kind: 'tagfocus', text: 'bytes=1kb:' }, { tagfocus: 'bytes=1kb:' }),
  tagignore: filtered({ kind: 'tagignore', text: '/b' }, { tagignore: '/b' }),
  tagroot: { query: { rootLabels: ['route'] }, config: { tagroot: 'route' } },
  'several keys of tagroot': { query: { rootLabels: ['route', 'bytes'] }, config: { tagroot: 'route,bytes' } },
  'all at once': {
    query: {
      rootLabels: ['route'],
      filters: [
        { kind: 'focus', text: 'main|/a' },
        { kind: 'ignore', text: 'query' },
        { kind: 'hide', text: 'node:' },
        { kind: 'show', text: 'srv|route' },
        { kind: 'show_from', text: 'handle|main' },
        { kind: 'tagignore', text: 'bytes=2kb' },
      ],
    },
    config: {
      tagroot: 'route',
      focus: 'main|/a',
      ignore: 'query',
      hide: 'node:',
      show: 'srv|route',
      show_from: 'handle|main',
      tagignore: 'bytes=2kb',
    },
  },
};

function filtered(filter: Filter, config: Partial<ReportConfig>) {
  return { query: { filters: [filter] }, config };
}

for (const [name, { query, config }] of Object.entries(cases)) {
  test(`self and total are flat and cum of pprof: ${name}`, () => {
    let rows = 0;
    for (const seed of seeds) {
      // Go cuts an inlined location wherever it is on the stack, also below another match.
      const profile = randomProfile(seed, config.show_from === undefined);
      const expected = pprofCosts(profile, config);
      assert.deepEqual(queryCosts(profile, query), expected, `seed ${seed}`);
      rows += expected.size;
    }
    assert.ok(rows > 20, 'there is something to compare');
  });
}

test('callers and callees are those of -peek', () => {
  for (const seed of seeds) {
    const profile = randomProfile(seed);
    const engine = new QueryEngine(storeOfProfile(profile));
    const { frames } = engine.store;
    const nameOf = (g: number) => `${frames.names[g]} ${frames.files[g]}`.trim();
    const prepared = prepare(profile, {}, 'peek');
    const nodes = treeNodes(trimmedGraph(prepared).nodes, undefined);
    for (const [g] of frames.names.entries()) {
      const node = nodes.find(({ name }) => name === nameOf(g));
      const { callers, callees } = engine.calls(plain, g);
      const own = ({ groups, weights }: typeof callers) =>
        Array.from(groups, (other, i) => [other < 0 ? '' : nameOf(other), weights[i]])
          .filter(([name]) => name !== '')
          .sort();
      const theirs = (calls: { name: string; weight: number }[]) =>
        calls
          .filter(({ weight }) => weight !== 0)
          .map(({ name, weight }) => [name, weight])
          .sort();
      assert.deepEqual(own(callers), theirs(node?.callers ?? []));
      assert.deepEqual(own(callees), theirs(node?.callees ?? []));
    }
  }
});

test('what lines cost is what -list tells', () => {
  const read = () => ({ lines: Array.from({ length: 9 }, () => 'code') });
  for (const seed of seeds) {
    const profile = randomProfile(seed);
    const engine = new QueryEngine(storeOfProfile(profile));
    const routines = listRoutines(prepare(profile, { granularity: 'lines' }, 'list'), '.', read);
    for (const [g, name] of engine.store.frames.names.entries()) {
      const file = engine.store.frames.files[g];
      const routine = routines.find(each => each.name === name && each.file === file);
      if (routine === undefined) continue;
      const expected = routine.lines.filter(({ cum }) => cum > 0).map(({ line, flat, cum }) => [line, flat, cum]);
      const actual = engine.lines(plain, g).map(({ line, self, total }) => [line, self, total]);
      assert.deepEqual(actual, expected, `${name} ${placeOf(file ?? '', 0)}`);
    }
  }
});

test('labels cost what -tags tells, and each one’s filter chooses its samples', () => {
  for (const seed of seeds) {
    const profile = randomProfile(seed);
    const engine = new QueryEngine(storeOfProfile(profile));
    const expected = tagTotals(prepare(profile, {}, 'tags')).map(({ key, values }) => [
      key,
      new Map(values.filter(({ value }) => value > 0).map(({ name, value }) => [name, value])),
    ]);
    const facets = engine.facets(plain);
    const actual = facets.map(({ key, values }) => [
      key,
      new Map(values.filter(({ cost }) => cost > 0).map(({ name, cost }) => [name, cost])),
    ]);
    assert.deepEqual(actual, expected);
    for (const { values } of facets)
      for (const { filter, cost } of values)
        assert.equal(engine.costs({ ...plain, filters: [{ kind: 'tagfocus', text: filter }] }).total, cost, filter);
  }
});
