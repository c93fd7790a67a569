/** What only files of the Firefox Profiler have; that they go out and in again stands in formats.test.ts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromJson } from '@nops/core/profile/formats/from-json';
import { sampleCount } from '@nops/core/profile/model';
import { assertConsistent, totalOf } from './profiles.js';
import { plain } from './twin.js';

test('the Firefox Profiler’s threads, counted samples, bytes, times and original places', () => {
  const tables = {
    stackTable: { frame: [0, 1, 2], prefixOffset: [0, 1, 1], length: 3 },
    frameTable: {
      func: [0, 1, 2],
      line: [1, 1, null],
      column: [1, 900, null],
      originalLocation: [null, 0, null],
      length: 3,
    },
    funcTable: { name: [0, 1, 2], lineNumber: [1, 1, null], source: [0, 0, null], length: 3 },
    sources: { filename: [3, 4] },
    sourceLocationTable: { source: [1], line: [12], column: [5], length: 1 },
    stringArray: ['main', 'work', 'poll', 'file:///srv/dist/a%20b.js', 'file:///srv/src/work.ts'],
  };
  const thread = (name: string, tid: number, samples: object) => ({
    name,
    pid: '7',
    tid,
    samples: { weight: null, ...samples },
  });
  const file = (...threads: object[]) => ({
    meta: { preprocessedProfileVersion: 70, interval: 2, startTime: 1_700_000_000_000 },
    shared: tables,
    threads,
  });
  const read = (value: object) => {
    const profile = fromJson(JSON.parse(JSON.stringify(value)));
    assertConsistent(profile);
    return profile;
  };
  const profile = read(
    file(
      thread('GeckoMain', 1, { stack: [1, 2, null, 1], time: [100, 102, 104, 106], weightType: 'samples' }),
      thread('Worker', 2, { stack: [0], timeDeltas: [110] }),
      thread('Worker', 3, { stack: [0], weight: [5], time: [103], weightType: 'samples' }),
      thread('Empty', 4, { stack: [null], time: [103] }),
      thread('Sizes', 5, { stack: [0], weight: [5], time: [103], weightType: 'bytes' }),
    ),
  );
  assert.deepEqual(
    plain(profile).map(({ stack, values, labels }) => ({
      stack: stack.flatMap(({ lines }) =>
        lines.map(({ name, file: of, line, column }) => `${name} ${of}:${line}:${column}`),
      ),
      values: values.map(Number),
      labels: labels.map(label => ('text' in label ? label.text : '')),
    })),
    [
      { stack: ['work /srv/src/work.ts:12:5', 'main /srv/dist/a b.js:1:1'], values: [2, 4e6], labels: ['GeckoMain'] },
      {
        stack: ['poll :0:0', 'work /srv/src/work.ts:12:5', 'main /srv/dist/a b.js:1:1'],
        values: [1, 2e6],
        labels: ['GeckoMain'],
      },
      { stack: ['main /srv/dist/a b.js:1:1'], values: [1, 2e6], labels: ['Worker (7, 2)'] },
      { stack: ['main /srv/dist/a b.js:1:1'], values: [5, 1e7], labels: ['Worker (7, 3)'] },
    ],
  );
  assert.equal(profile.timeNanos, 1_700_000_000_100n * 1_000_000n);
  assert.equal(profile.durationNanos, 12e6);
  assert.deepEqual(profile.comments, ['threads with weights of another kind: 1, left out']);

  const sizes = read(file(thread('Sizes', 5, { stack: [0, 0], weight: [5, 7], time: [0, 5], weightType: 'bytes' })));
  assert.deepEqual(sizes.sampleTypes, [{ type: 'space', unit: 'bytes' }]);
  assert.equal(totalOf(sizes, 0), 12);

  assert.throws(
    () => fromJson({ meta: { version: 30 }, threads: [] }),
    /as Firefox recorded it, and only processed ones/,
  );
  assert.equal(sampleCount(read(file())), 0);
  const cyclic = { ...tables.stackTable, prefixOffset: [0, -1, 1] };
  const samples = { stack: [2], time: [0] };
  assert.throws(
    () => fromJson({ ...file(thread('a', 1, samples)), shared: { ...tables, stackTable: cyclic } }),
    /a stack comes before its caller/,
  );
  assert.throws(() => fromJson(file(thread('a', 1, { stack: [9], time: [0] }))), /names a stack that is not there/);
});
