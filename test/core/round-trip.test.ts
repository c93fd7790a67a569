/** Encoded and decoded again, a profile is the same. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { decodeProfile } from '@nops/core/profile/decode';
import { encodeProfile } from '@nops/core/profile/encode';
import { defaultTypeIndex, sampleCount } from '@nops/core/profile/model';
import { assertConsistent, randomProfile, samplesOf } from './profiles.js';

const count = 400;

test('random profiles survive encoding and decoding', () => {
  for (let seed = 1; seed <= count; seed++) {
    const profile = randomProfile(seed);
    assertConsistent(profile);
    assert.deepEqual(decodeProfile(encodeProfile(profile)), profile, `seed ${seed}`);
  }
});

test('the generator makes what the round trip is about', () => {
  const profiles = Array.from({ length: count }, (_, i) => randomProfile(i + 1));
  const some = (what: (profile: (typeof profiles)[number]) => boolean) =>
    assert.ok(profiles.some(what), what.toString());
  some(p => sampleCount(p) === 0);
  some(p => p.functionNames.length === 0 && sampleCount(p) > 0);
  some(p => p.sampleTypes.length === 1);
  some(p => p.sampleTypes.length === 4);
  some(p => p.values.includes(Number.MAX_SAFE_INTEGER) && p.values.includes(-Number.MAX_SAFE_INTEGER));
  some(p => p.lineStarts.some((start, l) => (p.lineStarts[l + 1] ?? start) - start > 1));
  some(p => p.functionNames.includes('🔥.on'));
  some(p => p.comments.length === 3);
  some(p => defaultTypeIndex(p) < p.sampleTypes.length - 1);
});

test('encoding twice gives the same bytes', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const bytes = encodeProfile(randomProfile(seed));
    assert.deepEqual(encodeProfile(decodeProfile(bytes)), bytes, `seed ${seed}`);
  }
});

test('fractions are rounded, since the format has none', () => {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: 'wall', unit: 'nanoseconds' }],
    periodType: { type: 'wall', unit: 'nanoseconds' },
    period: 1,
    timeNanos: 0n,
    durationNanos: 1.5,
  });
  for (const value of [0.4, 0.6, -1.6, 1e15 + 0.5]) builder.addSample([], [value]);
  const decoded = decodeProfile(encodeProfile(builder.build()));
  assert.deepEqual(
    samplesOf(decoded).map(({ values }) => values[0]),
    [0, 1, -2, Math.round(1e15 + 0.5)],
  );
  assert.equal(decoded.durationNanos, 2);
});

test('equal functions and locations are stored once', () => {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: 'samples', unit: 'count' }],
    periodType: { type: '', unit: '' },
    period: 0,
    timeNanos: 0n,
    durationNanos: 0,
  });
  const f = builder.functionId('f', '/a.js', 1);
  assert.equal(builder.functionId('f', '/a.js', 1), f);
  assert.equal(new Set([f, builder.functionId('f', '/a.js', 2), builder.functionId('f', '/b.js', 1)]).size, 3);
  const at = builder.locationId([{ functionId: f, line: 3, column: 4 }]);
  assert.equal(builder.locationId([{ functionId: f, line: 3, column: 4 }]), at);
  assert.notEqual(builder.locationId([{ functionId: f, line: 3, column: 5 }]), at);
});
