/** JSON is bounded before it is parsed: by how deep it is, and by how many values it has. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundedJson } from '@nops/core/protocol/bounded-json';

const parse = (text: string) => boundedJson(Buffer.from(text));

test('what is within the bounds is parsed as JSON.parse does', () => {
  for (const text of [
    '1',
    '"a\\"[[[\\\\"',
    '{"a":[1,{"b":"}]"}],"ü":"\\u0000"}',
    '[]',
    'null',
    `${'['.repeat(64)}${']'.repeat(64)}`,
  ])
    assert.deepEqual(parse(text), { ok: true, value: JSON.parse(text) as unknown }, text);
  // Brackets and commas within texts are none.
  assert.equal(parse(JSON.stringify('[,{'.repeat(1e6))).ok, true);
});

test('what is damaged is no JSON', () => {
  for (const text of ['', '{', '"', '"\\', '[1,]', '{"a"}', ']]]]', 'NaN', '\u001b[31m']) {
    assert.deepEqual(parse(text), { ok: false, why: 'it is no JSON' }, text);
  }
});

test('what would take much more than its size is refused unparsed', () => {
  const wrong: [string, RegExp][] = [
    ['['.repeat(65), /nested deeper than 64/],
    [`{"a":${'['.repeat(5e6)}${']'.repeat(5e6)}}`, /nested deeper than 64/],
    [`${']'.repeat(100)}${'['.repeat(200)}`, /nested deeper|no JSON/],
    [`[${'[],'.repeat(500_000)}[]]`, /more than 500000 objects and lists/],
    [`[${'1,'.repeat(2_000_001)}1]`, /more than 2000000 values/],
  ];
  for (const [text, why] of wrong) {
    const parsed = parse(text);
    assert.ok(!parsed.ok);
    assert.match(parsed.why, why);
  }
});
