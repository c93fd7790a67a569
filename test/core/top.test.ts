/** `top` against a slow twin that an eye can check. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { defaultTypeIndex, type Profile, sampleCount } from '@nops/core/profile/model';
import { topEntries } from '@nops/core/profile/top';
import { randomProfile } from './profiles.js';

/** For every function of every sample, once each: its whole value; for the innermost, that it is its own. */
function slowTop(profile: Profile): { costs: Map<string, { flat: number; cum: number }>; total: number } {
  const costs = new Map<string, { flat: number; cum: number }>();
  const keyOf = (f: number) => JSON.stringify([profile.functionNames[f], profile.functionFiles[f]]);
  for (let f = 0; f < profile.functionNames.length; f++) costs.set(keyOf(f), { flat: 0, cum: 0 });
  let total = 0;
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = profile.values[i * profile.sampleTypes.length + defaultTypeIndex(profile)] ?? Number.NaN;
    const stack = [...profile.stacks.slice(profile.stackStarts[i], profile.stackStarts[i + 1])];
    const called = stack.flatMap(l => [
      ...profile.lineFunctions.slice(profile.lineStarts[l], profile.lineStarts[l + 1]),
    ]);
    const keys = called.map(keyOf);
    for (const key of new Set(keys)) {
      const cost = costs.get(key);
      assert.ok(cost !== undefined);
      cost.cum += value;
      if (key === keys[0]) cost.flat += value;
    }
    total += value;
  }
  return { costs, total };
}

test('random profiles: flat, cum and total are those of the slow twin', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const profile = randomProfile(seed);
    const { costs, total } = slowTop(profile);
    const top = topEntries(profile, { limit: Number.POSITIVE_INFINITY });
    assert.equal(top.total, total, `seed ${seed}`);
    const found = new Map(
      top.entries.map(e => [JSON.stringify([e.function, e.file]), { flat: e.flat, cum: e.cum }] as const),
    );
    assert.deepEqual(found, costs, `seed ${seed}`);
    for (const [i, entry] of top.entries.entries()) {
      const before = top.entries[i - 1];
      assert.ok(
        before === undefined || before.flat > entry.flat || (before.flat === entry.flat && before.cum >= entry.cum),
      );
      if (total !== 0) {
        assert.equal(entry.flatPercent, (entry.flat / total) * 100);
        assert.equal(entry.cumPercent, (entry.cum / total) * 100);
      }
    }
    assert.deepEqual(topEntries(profile, { limit: 2 }).entries, top.entries.slice(0, 2));
  }
});

function oneType(): ProfileBuilder {
  return new ProfileBuilder({
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'wall', unit: 'nanoseconds' },
    ],
    periodType: { type: '', unit: '' },
    period: 0,
    timeNanos: 0n,
    durationNanos: 0,
  });
}

test('recursion counts once for cum, inlined calls count like others', () => {
  const builder = oneType();
  const [f, g, h] = ['f', 'g', 'h'].map(name => builder.functionId(name, '/a.js', 1));
  assert.ok(f !== undefined && g !== undefined && h !== undefined);
  const at = (...functions: number[]) =>
    builder.locationId(functions.map(functionId => ({ functionId, line: 1, column: 1 })));
  builder.addSample([at(f), at(g), at(f), at(f)], [1, 100]);
  builder.addSample([at(h, f), at(g)], [2, 10]);
  const { entries, total, samples } = topEntries(builder.build(), { limit: 10 });
  assert.deepEqual(
    entries.map(e => [e.function, e.flat, e.cum]),
    [
      ['f', 100, 110],
      ['h', 10, 10],
      ['g', 0, 110],
    ],
  );
  assert.deepEqual({ total, samples }, { total: 110, samples: 3 });
});

test('functions of one name are told apart by their file, not by their line', () => {
  const builder = oneType();
  for (const [file, line] of [
    ['/a.js', 1],
    ['/a.js', 9],
    ['/b.js', 1],
  ] as const) {
    const functionId = builder.functionId('get', file, line);
    builder.addSample([builder.locationId([{ functionId, line, column: 0 }])], [1, 5]);
  }
  const { entries } = topEntries(builder.build(), { limit: 10 });
  assert.deepEqual(
    entries.map(e => [e.file, e.line, e.flat]),
    [
      ['/a.js', 1, 10],
      ['/b.js', 1, 5],
    ],
  );
});

test('an empty profile has no entries and no percent that is not a number', () => {
  assert.deepEqual(topEntries(oneType().build(), { limit: 5 }), { entries: [], total: 0, samples: 0 });
  const builder = oneType();
  const functionId = builder.functionId('f', '', 0);
  builder.addSample([builder.locationId([{ functionId, line: 0, column: 0 }])], [0, 0]);
  const [entry] = topEntries(builder.build(), { limit: 5 }).entries;
  assert.deepEqual([entry?.flatPercent, entry?.cumPercent], [0, 0]);
});
