/** The ring between the threads, and the records in a file: what goes in comes out, and what finds no room is counted. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '@nops/core/trace/format';
import { decodeRecords, RecordEncoder } from '@nops/core/trace/records';

/** Of the built agent, whose package shows none of it. */
const built = (path: string) => import(new URL(`../../../agent/dist/${path}`, import.meta.url).href);
const { Writer } = (await built('main/trace/writer.js')) as typeof import('../../agent/src/main/trace/writer.js');
const { createRing } = (await built(
  'messages/trace-ring.js',
)) as typeof import('../../agent/src/messages/trace-ring.js');
const { Drain } = (await built('worker/trace/drain.js')) as typeof import('../../agent/src/worker/trace/drain.js');

type Drained = import('../../agent/src/worker/trace/drain.js').Drained;
type Row = [kind: number, extra: number, a: number, b: number, ticks: number];

function rowsOf({ records }: Drained): Row[] {
  const rows: Row[] = [];
  if (records !== undefined) assert.ok(decodeRecords(records, (...row) => rows.push(row)));
  return rows;
}

/** Small whole numbers mostly, and the ends of 32 bits. */
function randomInt(): number {
  const sizes = [10, 1000, 2 ** 20, 2 ** 31];
  const size = sizes[Math.floor(Math.random() * sizes.length)] ?? 10;
  return Math.trunc((Math.random() * 2 - 1) * size) | 0;
}

test('records of any numbers come back from bytes as they were', () => {
  for (let round = 0; round < 50; round++) {
    const encoder = new RecordEncoder();
    const rows: Row[] = [];
    let ticks = 0;
    for (let i = 0; i < 500; i++) {
      ticks += Math.floor(Math.random() * 10 ** Math.floor(Math.random() * 8));
      const kind = [kinds.init, kinds.before, kinds.gc, kinds.mark][i % 4] ?? kinds.init;
      const row: Row = [kind, Math.floor(Math.random() * 2 ** 24), randomInt(), randomInt(), ticks];
      rows.push(row);
      encoder.add(row[0] | (row[1] << 8), row[2], row[3], ticks | 0);
    }
    const back: Row[] = [];
    const encoded = encoder.take();
    assert.ok(decodeRecords(encoded, (...row) => back.push(row)));
    assert.deepEqual(back, rows);
    assert.equal(
      decodeRecords({ ...encoded, bytes: encoded.bytes.subarray(0, -3) }, () => {}),
      false,
      'cut bytes are noticed',
    );
  }
});

test('a ring that is drained gives everything, across its end many times', () => {
  const ring = createRing(64);
  const writer = new Writer(ring, performance.now());
  const drain = new Drain(ring);
  const seen: Row[] = [];
  const texts = new Map<number, string>();
  for (let i = 0; i < 500; i++) {
    const text = `text ${'ä'.repeat(i % 90)} ${i}`;
    const number = writer.text(text);
    assert.equal(writer.text(text), number, 'the same text has the same number');
    writer.put(kinds.before, i, number);
    const drained = drain.take();
    seen.push(...rowsOf(drained));
    for (const [key, value] of drained.dictionary.strings) texts.set(key, value);
  }
  assert.equal(drain.lost, 0);
  assert.deepEqual(
    seen.map(([, , a]) => a),
    Array.from({ length: 500 }, (_, i) => i),
  );
  for (const [, , a, b] of seen) assert.equal(texts.get(b), `text ${'ä'.repeat(a % 90)} ${a}`);
  assert.deepEqual(drain.dictionary().strings, [...texts]);
});

test('a full ring takes nothing more, says how much that was, and goes on when there is room', () => {
  const ring = createRing(256);
  const writer = new Writer(ring, performance.now());
  const drain = new Drain(ring);
  for (let i = 0; i < 1000; i++) writer.put(kinds.before, i, 0);
  assert.equal(drain.lost, 1000 - 256);
  assert.deepEqual(
    rowsOf(drain.take()).map(([, , a]) => a),
    Array.from({ length: 256 }, (_, i) => i),
  );
  writer.put(kinds.before, 7, 0);
  assert.deepEqual(
    rowsOf(drain.take()).map(([, , a]) => a),
    [7],
  );
  writer.close();
  writer.put(kinds.before, 8, 0);
  assert.equal(writer.text('later'), 0);
  assert.deepEqual(rowsOf(drain.take()), []);
});
