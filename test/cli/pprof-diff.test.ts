/** `nops diff`: shares, how sure they are, and the exit code. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { confidence } from '@nops/core/profile/confidence';
import { encodeProfile } from '@nops/core/profile/encode';
import type { DiffResult } from '@nops/core/protocol/pprof-results';
import { randomFrom } from '../support/random.js';
import { folder, nops } from './helpers.js';

/** Samples by stack, from the root; 10 ms each. */
function write(name: string, stacks: Record<string, number>, counted = true): string {
  const wall = { type: 'wall', unit: 'nanoseconds' };
  const builder = new ProfileBuilder({
    sampleTypes: counted ? [{ type: 'samples', unit: 'count' }, wall] : [wall],
    periodType: wall,
    period: 1e7,
    timeNanos: 0n,
    durationNanos: 1e9,
  });
  for (const [stack, samples] of Object.entries(stacks)) {
    const locations = stack
      .split(' ')
      .map(f => builder.locationId([{ functionId: builder.functionId(f, '/a.js', 1), line: 1, column: 0 }]));
    builder.addSample(locations.reverse(), counted ? [samples, samples * 1e7] : [samples * 1e7]);
  }
  const path = join(folder, name);
  writeFileSync(path, encodeProfile(builder.build()));
  return path;
}

const before = write('before.pb', { 'main render': 1000, 'main query': 1000 });
const worse = write('worse.pb', { 'main render': 1000, 'main query': 3000 });
const few = write('few.pb', { 'main render': 4, 'main query': 7 });
const uncounted = write('uncounted.pb', { 'main render': 4, 'main query': 7 }, false);

test('shares change by points, and longer recordings change nothing', async () => {
  const ended = await nops(['diff', before, worse, '--json']);
  assert.equal(ended.code, 0, ended.stderr);
  const result = JSON.parse(ended.stdout) as DiffResult;
  assert.deepEqual([result.schema, result.sampleType, result.failed], ['nops.diff/1', 'wall', null]);
  assert.deepEqual(result.after, { name: worse, total: 4e10, samples: 4000 });
  const query = result.rows.find(row => row.function === 'query');
  assert.ok(query !== undefined);
  assert.deepEqual([query.cumPoints, query.flatPoints], [25, 25]);
  assert.deepEqual(
    [query.before, query.after],
    [
      { flat: 1e10, cum: 1e10 },
      { flat: 3e10, cum: 3e10 },
    ],
  );
  assert.ok((query.cumConfidence ?? 0) > 0.999);
  assert.equal(result.rows.find(row => row.function === 'main')?.cumPoints, 0);
  const longer = write('longer.pb', { 'main render': 5000, 'main query': 5000 });
  assert.match((await nops(['diff', before, longer])).stdout, /no function changed its share/);
});

test('--fail-if ends with 1 for what is sure, and not for noise', async () => {
  const gate = (after: string, condition: string, ...more: string[]) =>
    nops(['diff', before, after, '--fail-if', condition, ...more]);
  const failed = await gate(worse, 'cum > +5%');
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /more than --fail-if allows:\n {2}query: cum \+25\.0 points, >99\.9% sure\n/);
  assert.equal((await gate(worse, 'flat>5%')).code, 1);
  assert.equal((await gate(worse, 'cum > +25%')).code, 0);
  // 13 points more, of 11 samples.
  const noise = await gate(few, 'cum > +5%');
  assert.equal(noise.code, 0, noise.stdout);
  assert.match(noise.stdout, /nothing grew by more than --fail-if allows/);
  assert.equal((await gate(few, 'cum > +5%', '--confidence', '0')).code, 1);
});

test('without counts of samples each change counts, and a note says so', async () => {
  const ended = await nops(['diff', before, uncounted, '--fail-if', 'cum > +5%']);
  assert.equal(ended.code, 1, ended.stderr);
  assert.match(ended.stdout, /how sure a change is is not known/);
});

test('what is no condition is refused', async () => {
  for (const args of [
    ['--fail-if', 'cum < 5'],
    ['--fail-if', 'sum > 5%'],
    ['--confidence', '2'],
  ]) {
    const ended = await nops(['diff', before, worse, ...args]);
    assert.equal(ended.code, 2, ended.stdout);
  }
  assert.equal((await nops(['diff', before])).code, 2);
});

test('of two profiles of the same behaviour few look changed: as many as the confidence allows', () => {
  const random = randomFrom(1);
  const draw = (samples: number, share: number) => {
    let hits = 0;
    for (let i = 0; i < samples; i++) if (random() < share) hits++;
    return { hits, samples };
  };
  for (const share of [0.02, 0.2, 0.5]) {
    let sure = 0;
    for (let pair = 0; pair < 2000; pair++) if (confidence(draw(200, share), draw(500, share)) >= 0.95) sure++;
    assert.ok(sure <= 2000 * 0.06, `${sure} of 2000 at ${share}`);
    let found = 0;
    for (let pair = 0; pair < 200; pair++) if (confidence(draw(1000, share), draw(1000, share + 0.1)) >= 0.95) found++;
    assert.ok(found >= 190, `${found} of 200 at ${share}`);
  }
  assert.equal(confidence({ hits: 0, samples: 0 }, { hits: 1, samples: 1 }), 0);
  assert.equal(confidence({ hits: 5, samples: 5 }, { hits: 9, samples: 9 }), 0);
});
