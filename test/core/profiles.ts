/** Profiles for the tests of the formats: random ones from a seed, and what every well-formed one fulfils. */

import assert from 'node:assert/strict';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { type Label, type Mapping, type Profile, sampleCount } from '@nops/core/profile/model';
import { randomFrom } from '../support/random.js';

const names = ['main', '', '(anonymous)', 'größe', '読む', '🔥.on', 'a b', 'line\nbreak', '\u0000', 'x'.repeat(300)];
const files = ['', '/srv/app.js', 'node:internal/tls', '/srv/ünï/cødé.mjs', 'evalmachine.<anonymous>'];
const typeNames = ['samples', 'wall', 'inuse_objects', 'inuse_space', '時間'];
const units = ['count', 'nanoseconds', 'bytes', ''];
/** Around the places where the encoding changes its length or its arithmetic, up to the last exact double. */
const edges = [0, 1, 127, 128, 2 ** 28, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 35, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER];

/** A small profile in which anything that the model allows can happen: nothing at all, inlined calls, recursion, negative values. */
export function randomProfile(seed: number): Profile {
  const random = randomFrom(seed);
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(list: readonly [T, ...T[]] | T[]): T => {
    const picked = list[below(list.length)];
    assert.ok(picked !== undefined);
    return picked;
  };
  const value = () => (random() < 0.2 ? -1 : 1) * (random() < 0.5 ? pick(edges) : below(1000)) + 0;
  const sampleTypes = Array.from({ length: 1 + below(4) }, (_, i) => ({
    type: typeNames[i] ?? '',
    unit: pick(units),
  }));
  const builder = new ProfileBuilder({
    sampleTypes,
    defaultSampleType: pick(['', 'absent', ...sampleTypes.map(t => t.type)]),
    periodType: { type: pick(['', ...typeNames]), unit: pick(units) },
    period: pick(edges),
    timeNanos: BigInt(pick(edges)) * 1000n,
    durationNanos: pick(edges),
    comments: Array.from({ length: below(4) }, () => pick(names)),
  });
  const functions = Array.from({ length: below(6) }, () => builder.functionId(pick(names), pick(files), below(5)));
  const line = () => ({ functionId: pick(functions), line: below(200), column: pick([0, 1, 90, 2 ** 31 - 1]) });
  const locations = Array.from({ length: functions.length === 0 ? 0 : below(8) }, () =>
    builder.locationId(Array.from({ length: pick([0, 1, 1, 1, 2, 3]) }, line)),
  );
  const label = (): Label =>
    random() < 0.6
      ? { key: pick(['route', 'thread', 'bytes']), text: pick(['/feed', '/item', 'main', '12']) }
      : {
          key: pick(['bytes', 'request']),
          number: BigInt(1 + below(3) * 4096),
          unit: pick(['', 'bytes', 'kilobytes']),
        };
  for (let i = below(30); i > 0; i--) {
    const stack = Array.from({ length: locations.length === 0 ? 0 : below(10) }, () => pick(locations));
    builder.addSample(stack, sampleTypes.map(value), Array.from({ length: pick([0, 0, 1, 2, 3]) }, label));
  }
  return withMappings(builder.build(), random);
}

const mappingFiles = ['/bin/app', '/lib/libc.so.6', '', '[vdso]'];

/** Every other profile gets some, with addresses in them, as profiles of compiled programs have. */
function withMappings(profile: Profile, random: () => number): Profile {
  if (random() < 0.5) return profile;
  const mappings = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, m): Mapping => {
    const start = BigInt(Math.floor(random() * 2 ** 40)) * 4096n;
    return {
      start,
      limit: start + 0x1000n * BigInt(1 + Math.floor(random() * 3)),
      offset: 0n,
      file: mappingFiles[Math.floor(random() * mappingFiles.length)] ?? '',
      buildId: random() < 0.2 ? `id${m}` : '',
      hasFunctions: true,
      hasFilenames: random() < 0.5,
      hasLineNumbers: random() < 0.5,
      hasInlineFrames: false,
    };
  });
  const locationMappings = profile.locationMappings.map(() => Math.floor(random() * (mappings.length + 1)));
  return {
    ...profile,
    mappings,
    locationMappings,
    addresses: profile.addresses.map((_, l) => {
      const start = mappings[(locationMappings[l] ?? 0) - 1]?.start;
      return start === undefined ? 0n : start + BigInt(Math.floor(random() * 3));
    }),
    folded: profile.folded.map(() => (random() < 0.1 ? 1 : 0)),
  };
}

/** Every number in the columns points at something that is there. */
export function assertConsistent(profile: Profile): void {
  const ascends = (starts: Uint32Array, end: number) => {
    assert.equal(starts[0], 0);
    assert.equal(starts.at(-1), end);
    assert.ok(starts.every((start, i) => i === 0 || start >= (starts[i - 1] ?? 0)));
  };
  ascends(profile.stackStarts, profile.stacks.length);
  ascends(profile.lineStarts, profile.lineFunctions.length);
  assert.ok(profile.sampleTypes.length > 0);
  assert.equal(profile.values.length, sampleCount(profile) * profile.sampleTypes.length);
  assert.ok(profile.stacks.every(location => location < profile.lineStarts.length - 1));
  assert.ok(profile.lineFunctions.every(f => f < profile.functionNames.length));
  assert.equal(profile.lines.length, profile.lineFunctions.length);
  assert.equal(profile.columns.length, profile.lineFunctions.length);
  assert.equal(profile.functionFiles.length, profile.functionNames.length);
  assert.equal(profile.functionStartLines.length, profile.functionNames.length);
  assert.equal(profile.functionSystemNames.length, profile.functionNames.length);
  ascends(profile.labelStarts, profile.labelIds.length);
  assert.equal(profile.labelStarts.length, profile.stackStarts.length);
  assert.ok(profile.labelIds.every(label => label < profile.labels.length));
  for (const column of [profile.addresses, profile.locationMappings, profile.folded])
    assert.equal(column.length, profile.lineStarts.length - 1);
  assert.ok(profile.locationMappings.every(m => m <= profile.mappings.length));
}

/** Sample i of the profile as text and numbers: its functions, leaf first, and its values. */
function sampleOf(profile: Profile, i: number): { stack: string[]; values: number[] } {
  const stack: string[] = [];
  for (const location of profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1])) {
    for (let k = profile.lineStarts[location] ?? 0; k < (profile.lineStarts[location + 1] ?? 0); k++)
      stack.push(`${profile.functionNames[profile.lineFunctions[k] ?? 0]}:${profile.lines[k]}`);
  }
  const types = profile.sampleTypes.length;
  return { stack, values: [...profile.values.subarray(i * types, (i + 1) * types)] };
}

export function samplesOf(profile: Profile): { stack: string[]; values: number[] }[] {
  return Array.from({ length: sampleCount(profile) }, (_, i) => sampleOf(profile, i));
}

/** The sum of one sample type's values. */
export function totalOf(profile: Profile, type: number): number {
  return samplesOf(profile).reduce((sum, { values }) => sum + (values[type] ?? 0), 0);
}
