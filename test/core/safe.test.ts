/** What `safe` and `printable` leave: no character that steers, reorders or hides, whatever the value. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, printableExcept, safeJson } from '@nops/core/units/printable';
import { type ShownFields, safe } from '@nops/core/units/safe';
import { randomFrom } from '../support/random.js';

/** The same set, spelled as numbers: a slow obvious twin. */
function isUnsafe(code: number): boolean {
  const within = (...ranges: [number, number][]) => ranges.some(([from, to]) => code >= from && code <= to);
  return within(
    [0, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x61c, 0x61c],
    [0x180e, 0x180e],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0xd800, 0xdfff],
    [0xfdd0, 0xfdef],
    [0xfeff, 0xfeff],
    [0xfff9, 0xfffb],
    [0xfffe, 0xffff],
    [0xe0000, 0xe0fff],
  );
}

const interesting = [0, 9, 10, 13, 27, 0x7f, 0x9b, 0xad, 0x61c, 0x200b, 0x200d, 0x2028, 0x202e, 0x2066, 0xd800, 0xdc00];
const wide = [0xfdd0, 0xfeff, 0xffff, 0xe0041, 0xe007f, 0x1f600, 0x65, 0x5c, 0x6ce8, 0xfe0f];

function randomText(random: () => number): string {
  const codes = [...interesting, ...wide];
  const length = Math.floor(random() * 12);
  return Array.from({ length }, () => String.fromCodePoint(codes[Math.floor(random() * codes.length)] ?? 0)).join('');
}

function randomValue(random: () => number, depth: number): unknown {
  const kind = random();
  if (depth === 0 || kind < 0.4) return randomText(random);
  if (kind < 0.5) return [null, true, 1.5, undefined, 12n][Math.floor(random() * 5)];
  const items = Array.from({ length: Math.floor(random() * 4) }, () => randomValue(random, depth - 1));
  return kind < 0.75 ? items : Object.fromEntries(items.map(item => [randomText(random), item]));
}

/** Every text in `value`, keys included. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Array.isArray(value)
    ? value.flatMap(textsIn)
    : Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]);
}

const codesOf = (text: string): number[] => Array.from(text, char => char.codePointAt(0) ?? 0);

test('every character of the set is escaped, and ordinary ones are not', () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const text = String.fromCodePoint(code);
    if (isUnsafe(code))
      assert.match(printable(text), /^\\(?:x[\da-f]{2}|u[\da-f]{4}|u\{[\da-f]+\})$/, code.toString(16));
  }
  for (const text of ['größe', '読む', '👍', '❤️', 'cafe\u0301', 'אב', 'a\\x1b', '\u00a0', '\ue0b0'])
    assert.equal(printable(text), text);
});

test('random values: no unsafe text is left, the shape is the same, and a second time changes nothing', () => {
  const random = randomFrom(7);
  for (let round = 0; round < 3000; round++) {
    const value = randomValue(random, 5);
    const made = safe(value);
    for (const text of textsIn(made)) assert.ok(!codesOf(text).some(isUnsafe), JSON.stringify(text));
    assert.deepEqual(safe(made), made);
    assert.equal(textsIn(made).length <= textsIn(value).length, true);
  }
});

test('JSON has none either, and means the same', () => {
  const random = randomFrom(8);
  for (let round = 0; round < 3000; round++) {
    const value = { text: randomText(random), [randomText(random)]: [randomText(random)] };
    const text = safeJson(value, 2);
    assert.ok(!codesOf(text.replaceAll('\n', '')).some(isUnsafe), text);
    assert.deepEqual(JSON.parse(text), value);
  }
});

test('fields that are not one line keep what they are declared to keep, where they are', () => {
  const fields: ShownFields = { text: 'lines', 'list.code': 'columns', value: 'json' };
  const given = { text: 'a\nb\t\x1b', list: [{ code: 'a\tb\n', text: 'a\nb' }], value: { text: '\x1b\n\u202e' } };
  assert.deepEqual(safe<object>(given, fields), {
    text: 'a\nb\\x09\\x1b',
    list: [{ code: 'a\tb\\x0a', text: 'a\\x0ab' }],
    value: '{\n  "text": "\\u001b\\n\\u202e"\n}',
  });
  assert.deepEqual(safe<object>({}, { value: 'json' }), {});
  assert.deepEqual(safe<object>({ value: undefined }, { value: 'json' }), { value: 'undefined' });
});

test('never throws: cycles, depth, size, hostile keys', () => {
  const cyclic: { self?: unknown; list: unknown[] } = { list: [] };
  cyclic.self = cyclic;
  cyclic.list.push(cyclic.list);
  assert.deepEqual(safe<object>(cyclic), { self: '…', list: ['…'] });
  assert.equal(safe<{ value: unknown }>({ value: cyclic }, { value: 'json' }).value, '…');
  let deep: unknown[] = [];
  for (let level = 0; level < 100_000; level++) deep = [deep];
  assert.ok(JSON.stringify(safe(deep)).includes('…'));
  const keys = safe<Record<string, unknown>>(JSON.parse('{"__proto__":{"a":1},"constructor":"\\u001b","toString":1}'));
  assert.deepEqual(Object.keys(keys), ['__proto__', 'constructor', 'toString']);
  assert.equal(Object.getPrototypeOf(keys), Object.prototype);
});

test('a text of millions of escapes, cut at no surrogate pair', () => {
  const text = `a${'\u{e0041}\x1b'.repeat(1_000_000)}`;
  assert.equal(printableExcept(text, '').length, 1 + 1_000_000 * '\\u{e0041}\\x1b'.length);
  assert.equal(printableExcept(`a${'👍'.repeat(1_000_000)}`, ''), `a${'👍'.repeat(1_000_000)}`);
});
