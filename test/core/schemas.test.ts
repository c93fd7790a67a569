/** Answers of agents, checked before they are used: what is wrong is told by its place, and what a later version adds is kept. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProcessName, parseProcessName } from '@nops/core/protocol/handshake';
import { type AnswerName, answers, maxAnswerBytes } from '@nops/core/protocol/schemas/answers';
import {
  count,
  either,
  flag,
  list,
  nullable,
  number,
  optional,
  type Schema,
  shape,
  text,
} from '@nops/core/protocol/schemas/build';
import { parseBy } from '@nops/core/protocol/schemas/parse';

interface Sample {
  name: string;
  size?: number;
  parts: { at: number | null; of: number | boolean }[];
}
const sample = shape<Sample>({
  name: text,
  size: optional(number),
  parts: list(shape<Sample['parts'][number]>({ at: nullable(count), of: either(number, flag) })),
});
const good = {
  name: 'a',
  parts: [
    { at: 1, of: true },
    { at: null, of: 2 },
  ],
  added: { later: 1 },
};

test('what has the shape is given back as it is, with what the shape does not name', () => {
  const parsed = parseBy(sample, good);
  assert.ok(parsed.ok);
  assert.equal(parsed.value, good);
  assert.ok(parseBy(sample, { ...good, size: 0.5 }).ok);
});

test('what is wrong is named by its path, without repeating what it holds', () => {
  const wrong: [unknown, string][] = [
    [null, 'it must be an object, got null'],
    ['\u001b[31m', 'it must be an object, got a string'],
    [{ parts: [] }, 'name is missing'],
    [{ ...good, name: 7 }, 'name must be a string, got the number 7'],
    [{ ...good, size: null }, 'size must be a number, got null'],
    [{ ...good, size: Number.POSITIVE_INFINITY }, 'size must be a number, got the number Infinity'],
    [{ ...good, parts: {} }, 'parts must be a list, got an object'],
    [
      { ...good, parts: [good.parts[0], { at: -1, of: 1 }] },
      'parts.1.at must be a whole number, 0 or more, got the number -1',
    ],
    [{ ...good, parts: [{ at: 1.5, of: 1 }] }, 'parts.0.at must be a whole number, 0 or more, got the number 1.5'],
    [{ ...good, parts: [{ at: 1, of: '\u202e' }] }, 'parts.0.of must be a number or true or false, got a string'],
  ];
  for (const [value, why] of wrong) assert.deepEqual(parseBy(sample, value), { ok: false, why });
});

test('no answer is taken for one that is empty, and each has a bound', () => {
  for (const [name, schema] of Object.entries<Schema<unknown>>(answers)) {
    for (const value of [undefined, null, 1, 'text', [], {}, { schema: `nops.${name}/1` }])
      assert.equal(parseBy(schema, value).ok, false, name);
    assert.ok(maxAnswerBytes(name as AnswerName) <= 32 * 1024 ** 2);
  }
});

test('the name of a process is read as it was written, and nothing else is', () => {
  const name = { pid: 4242, startTime: '123456789' };
  assert.deepEqual(parseProcessName(formatProcessName(name)), name);
  const others = [
    undefined,
    '',
    '1',
    '1 ',
    ' 1 2',
    '1 2 ',
    '1  2',
    '-1 2',
    '1 2, 1 2',
    '1 2\n',
    `1 ${'9'.repeat(21)}`,
    '1e3 2',
    ['1 2'],
  ];
  for (const other of others) assert.equal(parseProcessName(other), undefined, JSON.stringify(other));
});
