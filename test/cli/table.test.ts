/** Tables: columns stay in line whatever stands in them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createColors } from 'nops/dist/output/color.js';
import { formatTable } from 'nops/dist/output/table.js';
import { textWidth } from 'nops/dist/output/text-width.js';

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

test('no rows, no table; what could steer a terminal is shown', () => {
  const output = { colors: createColors(false), width: undefined };
  assert.equal(formatTable(columns, [], output), '');
  assert.match(formatTable(columns, [['1', 'a\x1b[2J', '']], output), /^ {2}1 {2}a\\x1b\[2J$/m);
});
