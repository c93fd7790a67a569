/** Tables: columns stay in line whatever stands in them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createColors } from 'nops/dist/output/color.js';
import { formatTable } from 'nops/dist/output/table.js';
import { cutText, textWidth } from 'nops/dist/output/text-width.js';

const columns = [{ head: 'PID', align: 'right' as const }, { head: 'NAME', cut: 'end' as const }, { head: 'STATE' }];
const rows = [
  ['1', 'api', 'idle'],
  ['22', '注文', 'running'],
  ['333', 'cafe\u0301', 'idle'],
];

test('wide characters take two columns, and marks none', () => {
  assert.deepEqual(['abc', '注文', 'cafe\u0301', '한', 'ｶ', '👍', '→…'].map(textWidth), [3, 4, 4, 2, 1, 2, 2]);
  const text = formatTable(columns, rows, { colors: createColors(false), width: undefined });
  assert.equal(text, 'PID  NAME  STATE\n  1  api   idle\n 22  注文  running\n333  cafe\u0301  idle\n');
});

test('colours take no room', () => {
  const painted = [{ head: 'A', paint: (text: string) => `<${text}>` }, { head: 'B' }];
  const cells = [
    ['x', '1'],
    ['long', ''],
  ];
  assert.equal(
    formatTable(painted, cells, { colors: createColors(false), width: undefined }),
    'A     B\n<x>     1\n<long>\n',
  );
});

test('a column that may be cut gives way, not below twelve columns', () => {
  const long = [['1', 'a-very-long-name-of-a-service', 'idle']];
  const cutTo = (width: number) => formatTable(columns, long, { colors: createColors(false), width }).split('\n')[1];
  assert.equal(cutTo(30), '  1  a-very-long-name-…  idle');
  assert.equal(cutTo(5), '  1  a-very-long…  idle');
});

test('no rows, no table', () => {
  assert.equal(formatTable(columns, [], { colors: createColors(false), width: undefined }), '');
});

test('a cut keeps escapes, surrogate pairs and wide characters whole', () => {
  const cases: [text: string, width: number, side: 'start' | 'end', cut: string][] = [
    ['abc\\x1bdef', 6, 'end', 'abc…'],
    ['abc\\x1bdef', 8, 'end', 'abc\\x1b…'],
    ['abc\\u202edef', 9, 'start', '…def'],
    ['abc\\u{e0041}def', 13, 'start', '…\\u{e0041}def'],
    ['a👍👍👍', 5, 'end', 'a👍…'],
    ['👍👍👍a', 6, 'start', '…👍👍a'],
    ['cafe\u0301cafe\u0301', 5, 'end', 'cafe\u0301…'],
  ];
  for (const [text, width, side, cut] of cases) {
    assert.equal(cutText(text, width, side), cut);
    assert.ok(textWidth(cut) <= width);
  }
});
