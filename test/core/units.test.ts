import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatLocalTime,
  formatMillis,
  formatNumber,
  formatShare,
} from '@nops/core/units/format';
import { printable } from '@nops/core/units/printable';
import { randomNumbers } from '../support/random.js';

/** Each row is an input and what a reader sees. */
function table<T>(name: string, format: (value: T) => string, rows: [T, string][]): void {
  test(name, () => {
    assert.deepEqual(
      rows.map(([value]) => [value, format(value)]),
      rows,
    );
  });
}

table('formatBytes', formatBytes, [
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [999.5, '1 kB'],
  [1000, '1 kB'],
  [1500, '1.5 kB'],
  [9_994, '9.99 kB'],
  [9_996, '10 kB'],
  [84_450_000, '84.5 MB'],
  [999_499, '999 kB'],
  [999_500, '1 MB'],
  [2 ** 30, '1.07 GB'],
  [5e15, '5000 TB'],
  [-1500, '-1.5 kB'],
  [-3, '-3 B'],
]);

table('formatMillis', formatMillis, [
  [0, '0 µs'],
  [0.25, '250 µs'],
  [0.9994, '999 µs'],
  [0.9996, '1 ms'],
  [4.2, '4.2 ms'],
  [10, '10 ms'],
  [100, '100 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [1500, '1.5 s'],
  [119_999, '120 s'],
  [125_000, '2 m 5 s'],
  [-4.2, '-4.2 ms'],
]);

table('formatAge', formatAge, [
  [-5, '0 s'],
  [0.9, '0 s'],
  [45, '45 s'],
  [59.9, '59 s'],
  [60, '1 m 0 s'],
  [200, '3 m 20 s'],
  [3600, '1 h 0 m'],
  [18_120, '5 h 2 m'],
  [86_399, '23 h 59 m'],
  [86_400, '1 d 0 h'],
  [1_051_200, '12 d 4 h'],
]);

table('formatShare', formatShare, [
  [0, '0.0 %'],
  [0.1234, '12.3 %'],
  [1, '100.0 %'],
]);

table('formatNumber', formatNumber, [
  [0, '0'],
  [3, '3'],
  [3.14, '3.1'],
  [-0.25, '-0.3'],
  [12_345, '12345'],
]);

test('formatCount writes numbers as Intl does', () => {
  const random = randomNumbers(7);
  for (let i = 0; i < 2000; i++) {
    const value = ((random(2) === 0 ? 1 : -1) * random(1e9)) / (random(4) ** 3 * 5 + 1);
    if (Math.abs(value) < 0.05) continue; // Intl writes -0
    assert.equal(formatCount(value), value.toLocaleString('en-US', { maximumFractionDigits: 1 }));
  }
});

test('formatLocalTime is the time of the clock here', () => {
  assert.equal(formatLocalTime(new Date(2026, 2, 9, 4, 5, 6).getTime()), '2026-03-09 04:05:06');
});

table('printable shows what would steer a terminal', printable, [
  ['plain text, größe 読む 🔥', 'plain text, größe 読む 🔥'],
  ['\x1b[31mred', '\\x1b[31mred'],
  ['a\nb\rc\td\0e', 'a\\x0ab\\x0dc\\x09d\\x00e'],
  ['\x7f\x80\x9b', '\\x7f\\x80\\x9b'],
  ['\u202eevil\u202c \u2066x\u2069 \u200e\u200f', '\\u202eevil\\u202c \\u2066x\\u2069 \\u200e\\u200f'],
  ['', ''],
]);

test('printable leaves no character that a terminal obeys', () => {
  const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('');
  assert.doesNotMatch(printable(all), /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
});
