/** The writer: of all control characters only line ends, tabs and nops's own sequences reach a stream. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NopsError } from '@nops/core/protocol/errors';
import { createColors } from 'nops/dist/output/color.js';
import { formatBug, formatRefusal } from 'nops/dist/output/refusal.js';
import { rendered } from 'nops/dist/output/writer.js';
import { randomFrom } from '../support/random.js';

const colors = createColors(true);

test('its own colours come out as sequences, closed; the same from elsewhere as text', () => {
  assert.equal(rendered(`${colors.bad('a')} b\n`), '\x1b[31ma\x1b[39m b\n');
  assert.equal(rendered(colors.head(colors.good('a'))), '\x1b[1m\x1b[32ma\x1b[39m\x1b[22m');
  assert.equal(rendered('\x1b[31ma\x1b[39m\r'), '\\x1b[31ma\\x1b[39m\\x0d');
  assert.equal(createColors(false).bad('a'), 'a');
});

test('a mark can’t be made up', () => {
  const random = randomFrom(3);
  for (let round = 0; round < 1000; round++) {
    const guess = `\ufdd0${random().toString(36).slice(2)}<red>`;
    assert.equal(rendered(guess), guess.replace('\ufdd0', '\\ufdd0'));
  }
});

test('random texts: nothing unsafe is left beside what nops painted', () => {
  const random = randomFrom(4);
  const pieces = [
    '\x1b[2J',
    '\x9b',
    '\u202e',
    '\ufdd0',
    '<red>',
    'a',
    '\n',
    '\t',
    '\r\n',
    '\r',
    '\ud800',
    '\u{e0041}',
    '\u2028',
  ];
  for (let round = 0; round < 2000; round++) {
    const text = Array.from({ length: 6 }, () => pieces[Math.floor(random() * pieces.length)]).join('');
    const out = rendered(`${colors.dim(text)}${text}`);
    assert.match(out, /^\x1b\[2m[^\x1b]*\x1b\[22m[^\x1b]*$/);
    assert.doesNotMatch(
      out.replaceAll(/\r\n|[\n\t\x1b]/g, ''),
      /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u,
    );
  }
});

test('a refusal’s message, details and next step are a line each; a bug’s lines are indented', () => {
  const error = new NopsError('usage', 'a\nnops: b', 'c\nnops: d', ['e\nnops: f']);
  assert.equal(formatRefusal(error), 'nops: a\\x0anops: b\n  e\\x0anops: f\n  next: c\\x0anops: d\n');
  const lines = formatBug(new Error('a\nnops: b\x1b')).split('\n');
  assert.equal(lines.filter(line => line.startsWith('nops: ')).length, 1);
  assert.ok(lines.includes('  nops: b\\x1b'));
});
