/** Noise is not called a regression more often than is said, and a change is found: on pairs of profiles drawn from known distributions. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { compareProfiles } from '@nops/core/profile/compare';
import { confidence, confidenceOfEach } from '@nops/core/profile/confidence';
import type { Profile } from '@nops/core/profile/model';
import { crossed } from 'nops/dist/pprof/threshold.js';
import { randomFrom } from '../support/random.js';

/** Stacks of `main`, one of some handlers, and one of many functions that each handler calls, the first ones most often. */
function draw(random: () => number, samples: number, shares: readonly number[]): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: 'samples', unit: 'count' }],
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: 1e7,
    timeNanos: 0n,
    durationNanos: samples * 1e7,
  });
  const at = (name: string) =>
    builder.locationId([{ functionId: builder.functionId(name, '/srv/app.js', 1), line: 1, column: 1 }]);
  const main = at('main');
  for (let i = 0; i < samples; i++) {
    const drawn = random();
    let sum = 0;
    let f = -1;
    while (f + 1 < shares.length && sum <= drawn) sum += shares[++f] ?? 0;
    builder.addSample([at(`work${f}`), at(`handler${f % 5}`), main], [1]);
  }
  return builder.build();
}

/** `count` shares that sum up to 1, each a little smaller than the one before. */
function zipf(count: number): number[] {
  const weights = Array.from({ length: count }, (_, i) => 1 / (i + 1));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map(weight => weight / sum);
}

const pairs = 300;

for (const [functions, before, after, sure] of [
  [40, 500, 500, 0.9],
  [40, 2000, 300, 0.9],
  [200, 1000, 1500, 0.9],
  [10, 60, 60, 0.8],
] as const) {
  test(`${functions} functions, ${before} and ${after} samples of the same: at most ${Math.round((1 - sure) * 100)} % of runs fail`, () => {
    const random = randomFrom(functions + before);
    const shares = zipf(functions);
    const failed = { flat: 0, cum: 0 };
    let largest = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const { rows } = compareProfiles(draw(random, before, shares), draw(random, after, shares), '');
      largest = Math.max(largest, ...rows.map(({ flatPoints }) => flatPoints));
      for (const column of ['flat', 'cum'] as const)
        if (crossed(rows, { column, points: 0, confidence: sure }).length > 0) failed[column]++;
    }
    // There was noise to be taken in by.
    assert.ok(largest > 1, String(largest));
    for (const column of ['flat', 'cum'] as const)
      assert.ok(failed[column] / pairs <= 1 - sure, `${column}: ${failed[column]} of ${pairs}`);
  });
}

test('one function alone is called changed about as often as is said', () => {
  const random = randomFrom(3);
  const draws = 4000;
  const hits = (samples: number) => Array.from({ length: samples }, () => random() < 0.3).filter(Boolean).length;
  let called = 0;
  for (let i = 0; i < draws; i++)
    if (confidence({ hits: hits(400), samples: 400 }, { hits: hits(400), samples: 400 }) >= 0.95) called++;
  // Half a sample is taken off on the safe side.
  assert.ok(called / draws <= 0.05 && called / draws > 0.02, String(called / draws));
});

test('a change is found where there are samples enough', () => {
  const random = randomFrom(5);
  const shares = zipf(40);
  // The third gets what the first loses: from 8 % to 18 %.
  const moved = shares.map((share, i) => (i === 0 ? share - 0.1 : i === 2 ? share + 0.1 : share));
  let found = 0;
  for (let pair = 0; pair < 50; pair++) {
    const { rows } = compareProfiles(draw(random, 1500, shares), draw(random, 1500, moved), '');
    const lines = crossed(rows, { column: 'flat', points: 5, confidence: 0.99 });
    if (lines.some(line => line.startsWith('work2:'))) found++;
  }
  assert.equal(found, 50);
});

test('far out, small probabilities are told apart', () => {
  // 7.1.26 alone is off by 1.5e-7; these are 1 − erf(z/√2) to four digits.
  const sureOf = (z: number) => {
    const samples = 1e9;
    const share = 0.5;
    const deviation = Math.sqrt(share * (1 - share) * (2 / samples));
    const hits = samples * share;
    return confidence({ hits, samples }, { hits: hits + z * deviation * samples, samples });
  };
  for (const [z, tail] of [
    [2, 0.0455],
    [5, 5.733e-7],
    [6, 1.973e-9],
  ] as const)
    assert.ok(Math.abs((1 - sureOf(z)) / tail - 1) < 0.01, `${z}: ${1 - sureOf(z)}`);
  assert.ok(confidenceOfEach(0.99, 1000) > 0.99998);
  assert.equal(confidenceOfEach(0.99, 0), 0.99);
});
