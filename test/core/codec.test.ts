/** The codec beside an independent one, and what that one can't tell: exact 64-bit numbers, sparse ids, labels, mappings. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeProfile } from '@nops/core/profile/decode';
import { encodeProfile } from '@nops/core/profile/encode';
import { labelsOf, type Profile, sampleCount } from '@nops/core/profile/model';
import * as peer from 'pprof-format';
import { assertConsistent, randomProfile } from './profiles.js';

const int64 = [0n, 1n, -1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 53n) - 1n];

/** A file of the peer's: `ids` are those of its functions and locations, the values of its samples `values`. */
function peerFile(ids: (number | bigint)[], values: bigint[], more: Partial<peer.ProfileInput> = {}): Uint8Array {
  const strings = new peer.StringTable();
  return new peer.Profile({
    sampleType: [peer.ValueType.create({ type: strings.dedup('n'), unit: strings.dedup('count') })],
    function: ids.map((id, i) =>
      peer.Function.create({ id, name: strings.dedup(`f${i}`), filename: strings.dedup('/a') }),
    ),
    location: ids.map(id =>
      peer.Location.create({ id, address: id, line: [peer.Line.create({ functionId: id, line: 3 })] }),
    ),
    sample: values.map(value => peer.Sample.create({ locationId: ids, value: [value], label: [] })),
    stringTable: strings,
    ...more,
  }).encode();
}

function exactValues(profile: Profile): bigint[] {
  return Array.from<bigint | number, bigint>(profile.exactValues ?? profile.values, BigInt);
}

test('the peer reads what we write, and writes what we read', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const profile = randomProfile(seed);
    const read = peer.Profile.decode(encodeProfile(profile));
    assert.equal(read.sample.length, sampleCount(profile));
    const values = read.sample.flatMap(s => s.value.map(v => Number(BigInt.asIntN(64, BigInt(v)))));
    assert.deepEqual(values, [...profile.values], `seed ${seed}`);
    assert.deepEqual(
      read.sample.map(s => s.locationId.map(id => Number(id) - 1)),
      Array.from({ length: sampleCount(profile) }, (_, i) => [
        ...profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1]),
      ]),
    );
    assert.deepEqual(
      read.function.map(f => read.stringTable.strings[Number(f.name)]),
      profile.functionNames,
    );
    // What it writes back from what it read is ours again.
    assert.deepEqual(decodeProfile(read.encode()), profile, `seed ${seed}`);
  }
});

test('values are exact in all 64 bits, with their sign, and stay so', () => {
  const profile = decodeProfile(peerFile([1], int64));
  assert.deepEqual(exactValues(profile), int64);
  assert.deepEqual(exactValues(decodeProfile(encodeProfile(profile))), int64);
  const small = int64.filter(value => value >= -(2n ** 53n) + 1n && value < 2n ** 53n);
  assert.equal(decodeProfile(peerFile([1], small)).exactValues, undefined);
});

test('ids may be any 64-bit numbers, as addresses are', () => {
  for (const ids of [
    [1, 2, 3],
    [900, 7, 40_000_000],
    [2n ** 64n - 1n, 2n ** 63n, 1n],
    [2n ** 53n, 2n ** 53n + 1n],
  ]) {
    const profile = decodeProfile(peerFile(ids, [1n]));
    assertConsistent(profile);
    assert.deepEqual([...profile.stacks], [...ids.keys()], String(ids));
    assert.deepEqual([...profile.addresses], ids.map(BigInt));
    assert.deepEqual(
      profile.functionNames,
      [...ids.keys()].map(i => `f${i}`),
    );
  }
});

test('an id that is there twice, or that means none, is refused', () => {
  assert.throws(() => decodeProfile(peerFile([4, 4], [1n])), /two functions have the id 4/);
  assert.throws(() => decodeProfile(peerFile([2n ** 63n, 2n ** 63n], [1n])), /two functions have the id/);
  assert.throws(() => decodeProfile(peerFile([0], [1n])), /the id 0, which means none/);
});

test('labels and mappings', () => {
  const strings = new peer.StringTable();
  const text = (value: string) => strings.dedup(value);
  const bytes = new peer.Profile({
    sampleType: [peer.ValueType.create({ type: text('n'), unit: text('count') })],
    mapping: [
      peer.Mapping.create({
        id: 9,
        memoryStart: 0x40_0000,
        memoryLimit: 2n ** 64n - 1n,
        fileOffset: 0x1000,
        filename: text('/bin/app'),
        buildId: text('beef'),
        hasFunctions: true,
        hasInlineFrames: true,
      }),
    ],
    location: [peer.Location.create({ id: 1, mappingId: 9, address: 2n ** 63n, isFolded: true })],
    sample: [
      peer.Sample.create({
        locationId: [1],
        value: [1],
        label: [
          peer.Label.create({ key: text('route'), str: text('/feed') }),
          peer.Label.create({ key: text('bytes'), num: 64, numUnit: text('bytes') }),
          peer.Label.create({ key: text('route'), str: text('/feed') }),
          peer.Label.create({ key: text('nothing') }),
        ],
      }),
      peer.Sample.create({
        locationId: [],
        value: [2],
        label: [peer.Label.create({ key: text('route'), str: text('/feed') })],
      }),
    ],
    stringTable: strings,
  }).encode();
  const profile = decodeProfile(bytes);
  const route = { key: 'route', text: '/feed' };
  assert.deepEqual(labelsOf(profile, 0), [route, { key: 'bytes', number: 64n, unit: 'bytes' }, route]);
  assert.deepEqual(labelsOf(profile, 1), [route]);
  assert.equal(profile.labels.length, 2, 'each is stored once');
  assert.deepEqual(profile.mappings, [
    {
      start: 0x40_0000n,
      limit: 2n ** 64n - 1n,
      offset: 0x1000n,
      file: '/bin/app',
      buildId: 'beef',
      hasFunctions: true,
      hasFilenames: false,
      hasLineNumbers: false,
      hasInlineFrames: true,
    },
  ]);
  assert.deepEqual([...profile.locationMappings, ...profile.folded], [1, 1]);
  assert.deepEqual([...profile.addresses], [2n ** 63n]);
  assert.deepEqual(decodeProfile(encodeProfile(profile)), profile);
});

test('what a length or a count claims costs nothing', () => {
  // A packed field of 2^31 ids, a sample type, and many empty samples: refused before anything is made of them.
  const claims = Uint8Array.of(10, 4, 8, 0, 16, 0, 18, 7, 10, 255, 255, 255, 255, 7, 1);
  assert.throws(() => decodeProfile(claims), /ends early/);
  const empty = new Uint8Array(2_000_000).map((_, i) => (i % 2 === 0 ? 18 : 0));
  const before = process.memoryUsage().rss;
  assert.throws(() => decodeProfile(Buffer.concat([Buffer.of(10, 4, 8, 0, 16, 0), empty])), /fewer values/);
  const types = new Uint8Array(1_000_000).map((_, i) => (i % 2 === 0 ? 10 : 0));
  assert.throws(() => decodeProfile(types), /500000 sample types; the limit is 1024/);
  assert.ok(process.memoryUsage().rss - before < 200 * 1024 ** 2);
});
