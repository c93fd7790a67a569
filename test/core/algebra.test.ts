/** The algebra of profiles beside its slow twin, on random profiles. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aggregate } from '@nops/core/profile/aggregate';
import { checkValid } from '@nops/core/profile/check-valid';
import { compact } from '@nops/core/profile/compact';
import { commonUnits, compatibilizeSampleTypes } from '@nops/core/profile/compatibilize';
import { decodeProfile } from '@nops/core/profile/decode';
import { encodeProfile } from '@nops/core/profile/encode';
import { filterByName } from '@nops/core/profile/filter-by-name';
import { filterByTag, parseTagFilter } from '@nops/core/profile/filter-by-tag';
import { filterTagsByName, removeLabel, setLabel } from '@nops/core/profile/labels';
import { convert } from '@nops/core/profile/measurement';
import { merge } from '@nops/core/profile/merge';
import type { Label, Profile } from '@nops/core/profile/model';
import { normalize } from '@nops/core/profile/normalize';
import { numberUnits } from '@nops/core/profile/number-units';
import { prune, pruneFrom, removeUninteresting } from '@nops/core/profile/prune';
import { sampleIndexByName } from '@nops/core/profile/sample-index';
import { scale, scaleN } from '@nops/core/profile/scale';
import { showFrom } from '@nops/core/profile/show-from';
import { tagLeaf, tagRoot } from '@nops/core/profile/tag-frames';
import { randomFrom } from '../support/random.js';
import { randomProfile } from './profiles.js';
import * as twin from './twin.js';

const seeds = Array.from({ length: 120 }, (_, i) => i + 1);

/** A profile with the types of another, so that they can be merged. */
function alike(profile: Profile, seed: number): Profile {
  for (let other = seed * 1000; ; other++) {
    const candidate = randomProfile(other);
    if (candidate.sampleTypes.length === profile.sampleTypes.length)
      return { ...candidate, sampleTypes: profile.sampleTypes, periodType: profile.periodType };
  }
}

/** Checks a result: it is whole, its samples are `expected`, and what it was made of did not change. */
function assertSame(before: Profile, result: Profile, expected: twin.Sample[], copy: Profile, what: string): void {
  checkValid(result);
  assert.deepEqual(twin.canonical(twin.plain(result)), twin.canonical(expected), what);
  assert.deepEqual(before, copy, `${what}: the profile itself was changed`);
}

function check(
  what: string,
  apply: (p: Profile, seed: number) => Profile,
  slow: (s: twin.Sample[], p: Profile, seed: number) => twin.Sample[],
): void {
  for (const seed of seeds) {
    const profile = randomProfile(seed);
    const copy = structuredClone(profile);
    assertSame(profile, apply(profile, seed), slow(twin.plain(profile), profile, seed), copy, `${what}, seed ${seed}`);
  }
}

const expressions = [/main/, /^$/, /app/, /anonymous|größe/, /\/srv/, /nothing at all/, /libc|vdso/, /./];

function some(seed: number, salt: number): RegExp | undefined {
  const random = randomFrom(seed * 31 + salt);
  return random() < 0.4 ? undefined : expressions[Math.floor(random() * expressions.length)];
}

test('merge and compact', () => {
  check('compact', compact, twin.sumEqual);
  check(
    'merge',
    (p, seed) => merge([p, alike(p, seed), p]),
    (samples, p, seed) => twin.sumEqual([...samples, ...twin.plain(alike(p, seed)), ...samples]),
  );
  const negated = (samples: twin.Sample[]) => samples.map(s => ({ ...s, values: s.values.map(v => -v) }));
  check(
    'difference',
    (p, seed) => merge([p, scale(alike(p, seed), -1), scale(p, -1)]),
    (samples, p, seed) => twin.sumEqual([...samples, ...negated(twin.plain(alike(p, seed))), ...negated(samples)]),
  );
});

test('a merge has no more than its samples need, and is the same in any grouping', () => {
  for (const seed of seeds.slice(0, 100)) {
    const a = randomProfile(seed);
    const [b, c] = [alike(a, seed), alike(a, seed + 7)];
    const once = merge([a, b, c]);
    assert.deepEqual(once, merge([merge([a, b]), c]), `seed ${seed}`);
    assert.deepEqual(compact(once), once);
    assert.equal(new Set(once.stacks).size, once.lineStarts.length - 1);
    assert.equal(new Set(once.lineFunctions).size, once.functionNames.length);
  }
});

test('the head of a merge', () => {
  const base = { ...randomProfile(3), comments: ['a'], timeNanos: 5n, durationNanos: 3, period: 2 };
  const merged = merge([base, { ...base, timeNanos: 0n, period: 9, comments: ['b', 'a'] }, { ...base, timeNanos: 4n }]);
  // Go's takes the 0 that comes after the 5 for the earliest.
  assert.equal(merged.timeNanos, 4n);
  assert.deepEqual([merged.durationNanos, merged.period, merged.comments], [9, 9, ['a', 'b']]);
  assert.throws(() => merge([base, { ...base, periodType: { type: 'x', unit: 'y' } }]), /incompatible period types/);
  assert.throws(() => merge([base, { ...base, sampleTypes: [{ type: 'x', unit: 'y' }] }]), /incompatible sample types/);
  assert.throws(() => merge([]), /no profiles to merge/);
});

test('sums beyond a double are exact, and overflow as 64-bit numbers do', () => {
  const one = randomProfile(5);
  const types = one.sampleTypes.length;
  const big = { ...one, values: one.values.map(() => Number.MAX_SAFE_INTEGER) };
  const merged = merge([big, big, big]);
  assert.ok(merged.exactValues?.every(value => value % BigInt(Number.MAX_SAFE_INTEGER) === 0n && value > 2n ** 54n));
  assert.ok(merged.exactValues !== undefined);
  const halves = merge([merged, scale(merged, -1)]);
  assert.equal(halves.values.length, 0);
  const again = decodeProfile(encodeProfile(merged));
  assert.deepEqual(again.exactValues, merged.exactValues);
  const negative = scaleN(
    merged,
    Array.from({ length: types }, () => -1),
  );
  assert.deepEqual(
    negative.exactValues,
    merged.exactValues.map(value => -value),
  );
});

test('scale, scaleN, normalize', () => {
  const times = (v: bigint, ratio: number) => {
    const scaled = Number(v) * ratio;
    return BigInt(scaled < 0 ? -Math.round(-scaled) : Math.round(scaled));
  };
  const scaled = (samples: twin.Sample[], ratios: number[]) =>
    samples
      .map(s => ({ ...s, values: s.values.map((v, t) => (ratios[t] === 1 ? v : times(v, ratios[t] ?? Number.NaN))) }))
      .filter(s => s.values.some(v => v !== 0n));
  const isOne = (ratios: number[]) => ratios.every(ratio => ratio === 1);
  for (const ratio of [-1, 0, 0.5, 1, 3, 1e-3])
    check(
      `scale by ${ratio}`,
      p => scale(p, ratio),
      (s, p) =>
        ratio === 1
          ? s
          : scaled(
              s,
              p.sampleTypes.map(() => ratio),
            ),
    );
  // Go drops the samples whose only value has the ratio 1.
  const ratiosOf = (p: Profile, seed: number) => p.sampleTypes.map((_, t) => [1, 0, 2, -0.25][(seed + t) % 4] ?? 1);
  check(
    'scaleN',
    (p, seed) => scaleN(p, ratiosOf(p, seed)),
    (s, p, seed) => (isOne(ratiosOf(p, seed)) ? s : scaled(s, ratiosOf(p, seed))),
  );
  check(
    'normalize',
    (p, seed) => normalize(p, alike(p, seed)),
    (s, p, seed) => {
      const sum = (samples: twin.Sample[], t: number) =>
        samples.reduce((all, { values }) => all + Number(values[t]), 0);
      const ratios = p.sampleTypes.map((_, t) =>
        sum(s, t) === 0 ? 0 : sum(twin.plain(alike(p, seed)), t) / sum(s, t),
      );
      return isOne(ratios) ? s : scaled(s, ratios);
    },
  );
  assert.throws(() => scaleN(randomProfile(1), []), /mismatched scale ratios, got 0/);
});

test('focus, ignore, hide and show', () => {
  const filters = (seed: number): twin.NameRegexps => ({
    focus: some(seed, 1),
    ignore: some(seed, 2),
    hide: some(seed, 3),
    show: some(seed, 4),
  });
  check(
    'filterByName',
    (p, seed) => filterByName(p, filters(seed)).profile,
    (s, _, seed) => twin.filterByName(s, filters(seed)),
  );
  for (const seed of seeds) {
    const profile = randomProfile(seed);
    assert.equal(filterByName(profile, {}).profile, profile);
    const { matched } = filterByName(profile, { focus: /nothing at all/, hide: /nothing at all/ });
    assert.deepEqual(matched, { focus: false, ignore: false, hide: false, show: false });
  }
});

test('showFrom, prune and pruneFrom', () => {
  const any = (seed: number) => some(seed, 5) ?? /main/;
  check(
    'showFrom',
    (p, seed) => showFrom(p, any(seed)).profile,
    (s, _, seed) => twin.showFrom(s, any(seed)),
  );
  check(
    'pruneFrom',
    (p, seed) => pruneFrom(p, any(seed)),
    (s, _, seed) => twin.pruneFrom(s, any(seed)),
  );
  check(
    'prune',
    (p, seed) => prune(p, any(seed), /🔥/),
    (s, _, seed) => twin.prune(s, any(seed), /🔥/),
  );
  check(
    'removeUninteresting',
    p => removeUninteresting({ ...p, dropFrames: 'main|a b', keepFrames: 'a.*' }),
    s => twin.prune(s, /^(main|a b)$/, /^a.*$/),
  );
  check('removeUninteresting without', removeUninteresting, s => s);
});

test('aggregate', () => {
  for (let bits = 0; bits < 64; bits++) {
    const [inlines = true, functions = true, files = true, lines = true, columns = true, addresses = true] = Array.from(
      { length: 6 },
      (_, b) => (bits & (1 << b)) === 0,
    );
    const profile = randomProfile(bits + 1);
    const result = twin.plain(aggregate(profile, { inlines, functions, files, lines, columns, addresses }));
    const expected = twin.plain(profile).map(sample => ({
      ...sample,
      stack: sample.stack.map(frame => ({
        ...frame,
        offset: addresses ? frame.offset : -(frame.mapping?.start ?? 0n),
        lines: (inlines ? frame.lines : frame.lines.slice(-1)).map(line => ({
          ...line,
          name: functions ? line.name : '',
          file: files ? line.file : '',
          line: lines ? line.line : 0,
          column: columns ? line.column : 0,
        })),
      })),
    }));
    assert.deepEqual(twin.canonical(result), twin.canonical(expected), `bits ${bits}`);
  }
});

const textOf = (label: Label) => ('text' in label ? label.text : undefined);

test('tagfocus and tagignore', () => {
  const bytes = (label: Label, p: Profile) =>
    'text' in label ? Number.NaN : convert(Number(label.number), numberUnits(p).units.get(label.key) ?? '', 'b').value;
  const filters: [string, (s: twin.Sample, p: Profile) => boolean][] = [
    ['feed', s => s.labels.some(l => textOf(l)?.includes('feed'))],
    [
      'route:,main',
      s =>
        s.labels.some(l => textOf(l) !== undefined && l.key === 'route') &&
        s.labels.some(l => textOf(l)?.includes('main')),
    ],
    ['route=feed,item', s => s.labels.some(l => l.key === 'route' && /feed|item/.test(textOf(l) ?? ''))],
    ['absent=.', () => false],
    ['1b:4kb', (s, p) => s.labels.some(l => bytes(l, p) >= 1 && bytes(l, p) <= 4096)],
    ['bytes=:4kb', (s, p) => s.labels.some(l => l.key === 'bytes' && bytes(l, p) <= 4096)],
    ['4kb:', (s, p) => s.labels.some(l => bytes(l, p) >= 4096)],
    ['request=4097b', (s, p) => s.labels.some(l => l.key === 'request' && bytes(l, p) === 4097)],
  ];
  for (const [text, passes] of filters) {
    const parsed = (p: Profile) => parseTagFilter(text, numberUnits(p).units, 'tagfocus');
    check(
      `tagfocus=${text}`,
      p => filterByTag(p, { focus: parsed(p) }).profile,
      (s, p) => s.filter(x => passes(x, p)),
    );
    check(
      `tagignore=${text}`,
      p => filterByTag(p, { ignore: parsed(p) }).profile,
      (s, p) => s.filter(x => !passes(x, p)),
    );
  }
});

test('setLabel, removeLabel, filterTagsByName', () => {
  const isText = (label: Label) => 'text' in label;
  check(
    'setLabel',
    p => setLabel(p, 'route', ['a', 'b']),
    s =>
      s.map(x => ({
        ...x,
        labels: [
          ...x.labels.filter(l => l.key !== 'route' || !isText(l)),
          { key: 'route', text: 'a' },
          { key: 'route', text: 'b' },
        ],
      })),
  );
  check(
    'removeLabel',
    p => removeLabel(p, 'bytes'),
    s => s.map(x => ({ ...x, labels: x.labels.filter(l => l.key !== 'bytes' || !isText(l)) })),
  );
  check(
    'filterTagsByName',
    p => filterTagsByName(p, { show: /e/, hide: /q/ }).profile,
    s => s.map(x => ({ ...x, labels: x.labels.filter(l => /e/.test(l.key) && !/q/.test(l.key)) })),
  );
});

test('tagroot and tagleaf', () => {
  const frames = (keys: string[], labels: Label[]): twin.Frame[] =>
    keys.toReversed().map(key => {
      const name = labels.flatMap(l => (l.key === key && 'text' in l ? [l.text] : [])).join(',');
      const line = { name, file: key, startLine: 0, line: 0, column: 0 };
      return { lines: [line], offset: 0n, folded: 0, mapping: undefined };
    });
  const keys = ['route', 'thread'];
  check(
    'tagRoot',
    p => tagRoot(p, keys, 'minimum').profile,
    s => s.map(x => ({ ...x, stack: [...x.stack, ...frames(keys, x.labels)] })),
  );
  check(
    'tagLeaf',
    p => tagLeaf(p, keys, 'minimum').profile,
    s => s.map(x => ({ ...x, stack: [...frames(keys, x.labels), ...x.stack] })),
  );
});

test('sample types that profiles have in common, in one unit', () => {
  const of = (...types: [string, string][]) => ({
    ...randomProfile(2),
    sampleTypes: types.map(([type, unit]) => ({ type, unit })),
    values: Float64Array.from({ length: (randomProfile(2).stackStarts.length - 1) * types.length }, (_, i) => i + 1),
  });
  const a = of(['samples', 'count'], ['cpu', 'nanoseconds'], ['space', 'bytes']);
  const b = of(['cpu', 'milliseconds'], ['samples', 'count']);
  const [x, y] = commonUnits(compatibilizeSampleTypes([a, b]));
  assert.ok(x !== undefined && y !== undefined);
  for (const profile of [x, y]) {
    checkValid(profile);
    assert.deepEqual(profile.sampleTypes, [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ]);
  }
  assert.deepEqual([...x.values.subarray(0, 4)], [1, 2, 4, 5]);
  assert.deepEqual([...y.values.subarray(0, 4)], [2, 1e6, 4, 3e6]);
  assert.throws(() => compatibilizeSampleTypes([a, of(['other', 'count'])]), /no sample type in common/);
  assert.throws(() => commonUnits([of(['cpu', 'bytes']), of(['cpu', 'seconds'])]), /not of one kind/);
});

test('sampleIndexByName', () => {
  const profile = {
    ...randomProfile(1),
    sampleTypes: ['samples', 'space', 'cpu'].map(type => ({ type, unit: 'count' })),
    defaultSampleType: '',
  };
  const index = (name: string, more: Partial<Profile> = {}) => sampleIndexByName({ ...profile, ...more }, name);
  assert.deepEqual([index(''), index('samples'), index('1'), index('inuse_space')], [2, 0, 1, 1]);
  assert.equal(index('', { defaultSampleType: 'space' }), 1);
  assert.throws(() => index('3'), /sample_index 3 is outside the range \[0\.\.2\]/);
  assert.throws(() => index('wall'), /sample_index "wall" must be one of: samples, space, cpu/);
});

test('checkValid tells what does not fit', () => {
  const profile = seeds.map(randomProfile).find(p => p.stacks.length > 0 && p.labelIds.length > 0);
  assert.ok(profile !== undefined);
  checkValid(profile);
  for (const broken of [
    { sampleTypes: [] },
    { stacks: profile.stacks.map(() => 99) },
    { values: profile.values.subarray(1) },
    { lineFunctions: profile.lineFunctions.map(() => 99) },
    { functionFiles: [] },
    { labelStarts: profile.labelStarts.subarray(1) },
    { addresses: new BigUint64Array(0) },
    { locationMappings: profile.locationMappings.map(() => 99) },
  ])
    assert.throws(() => checkValid({ ...profile, ...broken }), /the profile is not valid: ./, Object.keys(broken)[0]);
});
