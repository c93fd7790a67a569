/** Other formats: out and in again, a profile has what the format can hold. One harness for all. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromCollapsed } from '@nops/core/profile/from-collapsed';
import { fromJson } from '@nops/core/profile/from-json';
import type { Profile } from '@nops/core/profile/model';
import { sampleCount } from '@nops/core/profile/model';
import { toCollapsed } from '@nops/core/profile/to-collapsed';
import { toSpeedscope } from '@nops/core/profile/to-speedscope';
import { NopsError } from '@nops/core/protocol/errors';
import { recordCpu, recordHeap } from './inspect.js';
import { assertConsistent, randomFrom, randomProfile, totalOf } from './profiles.js';
import { plain } from './twin.js';

interface Format {
  name: string;
  there(profile: Profile): string;
  back(text: string): Profile;
  /** What the format keeps of a profile. */
  kept(profile: Profile): unknown;
}

/** Frames from the root, as `show` has them, and values. */
function stacks(
  profile: Profile,
  show: (line: { name: string; file: string; line: number; column: number }) => unknown,
) {
  return plain(profile).map(({ stack, values }) => ({
    stack: stack.flatMap(({ lines }) => lines.map(show)).reverse(),
    values: values.map(Number),
  }));
}

/** Equal stacks summed up. */
function summed(all: { stack: unknown[]; values: number[] }[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { stack, values } of all) {
    const value = values[0] ?? 0;
    if (value === 0 || stack.length === 0) continue;
    sums.set(JSON.stringify(stack), (sums.get(JSON.stringify(stack)) ?? 0) + value);
  }
  return [...sums];
}

const formats: Format[] = [
  {
    name: 'speedscope',
    there: profile => JSON.stringify(toSpeedscope(profile, 'test')),
    back: text => fromJson(JSON.parse(text)),
    kept: profile => ({
      stacks: stacks(profile, ({ name, file, line, column }) => [name || '<unknown>', file, line, column]),
      types: profile.sampleTypes.map(({ type }) => type),
    }),
  },
  {
    name: 'collapsed',
    there: profile => toCollapsed(profile, 0),
    back: text => fromCollapsed(text),
    kept: profile => summed(stacks(profile, ({ name }) => name.replace(/[;\n\r]/g, ':') || '<unknown>')),
  },
];

for (const format of formats) {
  test(`${format.name}: out and in again`, () => {
    let compared = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const profile = randomProfile(seed);
      // A location without lines has no name that a reader could have.
      if (plain(profile).some(({ stack }) => stack.some(({ lines }) => lines.length === 0))) continue;
      const again = format.back(format.there(profile));
      assertConsistent(again);
      assert.deepEqual(format.kept(again), format.kept(profile), `seed ${seed}`);
      compared++;
    }
    assert.ok(compared > 50, String(compared));
  });

  test(`${format.name}: damaged text is read or refused in words`, () => {
    const random = randomFrom(9);
    const text = format.there(randomProfile(7));
    for (let round = 0; round < 500; round++) {
      const at = Math.floor(random() * text.length);
      const damaged = text.slice(0, at) + text.slice(at + Math.floor(random() * 30));
      try {
        assertConsistent(format.back(damaged));
      } catch (error) {
        assert.ok(error instanceof NopsError || error instanceof SyntaxError, String(error));
      }
    }
  });
}

test('V8’s own profiles are known by what is in them', async () => {
  const cpu = await recordCpu(async () => {
    const end = performance.now() + 50;
    while (performance.now() < end) JSON.parse('[1,2,3]');
  }, 1000);
  const fromCpu = fromJson(JSON.parse(JSON.stringify(cpu)));
  assertConsistent(fromCpu);
  assert.ok(totalOf(fromCpu, 1) > 0);
  const kept: string[] = [];
  const heap = recordHeap(() => {
    for (let i = 0; i < 20_000; i++) kept.push(`${i}`.padEnd(100));
  }, 4096);
  const fromHeap = fromJson(JSON.parse(JSON.stringify(heap)));
  assertConsistent(fromHeap);
  assert.ok(sampleCount(fromHeap) > 0 && kept.length > 0);
});

test('other JSON and text are refused', () => {
  for (const value of [
    null,
    1,
    [],
    {},
    { nodes: 1, startTime: 0, endTime: 1 },
    { shared: {}, profiles: [] },
    { head: 3 },
  ])
    assert.throws(() => fromJson(value), NopsError, JSON.stringify(value));
  assert.throws(() => fromCollapsed('main;f 1\nno number\n'), /line 2 is no collapsed stack/);
});
