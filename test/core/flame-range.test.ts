/** What a flame graph shows from left to right, moved and zoomed; and the words and colours for what it shows. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveRange, revealRange, zoomRange } from '@nops/core/profile/flame/range';
import { categoryOf } from '@nops/core/profile/frame-category';
import { formatValue } from '@nops/core/profile/value-text';

const whole = { from: 0, to: 1000 };

test('zooming keeps what is under the pointer where it is', () => {
  assert.deepEqual(zoomRange(whole, 1000, 250, 0.5), { from: 125, to: 625 });
  assert.deepEqual(zoomRange({ from: 100, to: 200 }, 1000, 100, 2), { from: 100, to: 300 });
  assert.deepEqual(zoomRange(whole, 1000, 1000, 0.1), { from: 900, to: 1000 });
});

test('zooming and moving end at the edges of the whole', () => {
  assert.deepEqual(zoomRange({ from: 900, to: 1000 }, 1000, 900, 5), { from: 500, to: 1000 });
  assert.deepEqual(zoomRange(whole, 1000, 10, 3), whole);
  assert.deepEqual(moveRange({ from: 100, to: 300 }, 1000, -500), { from: 0, to: 200 });
  assert.deepEqual(moveRange({ from: 100, to: 300 }, 1000, 5000), { from: 800, to: 1000 });
  assert.deepEqual(moveRange(whole, 1000, 5), whole);
  let range = whole;
  for (let i = 0; i < 200; i++) range = zoomRange(range, 1000, 333, 0.5);
  assert.ok(range.to > range.from && range.from <= 333 && range.to >= 333);
  assert.deepEqual(zoomRange({ from: 0, to: 0 }, 0, 0, 0.5), { from: 0, to: 0 });
});

test('revealing moves as little as it can, and zooms out only when it must', () => {
  const range = { from: 400, to: 600 };
  assert.deepEqual(revealRange(range, 1000, { from: 450, to: 500 }), range);
  assert.deepEqual(revealRange(range, 1000, { from: 300, to: 350 }), { from: 300, to: 500 });
  assert.deepEqual(revealRange(range, 1000, { from: 650, to: 700 }), { from: 500, to: 700 });
  assert.deepEqual(revealRange(range, 1000, { from: 300, to: 700 }), { from: 300, to: 700 });
});

test('whose code a file is', () => {
  const files = {
    '/srv/app.js': 'app',
    'app.ts': 'app',
    '/srv/node_modules/express/index.js': 'dependency',
    'C:\\srv\\node_modules\\a\\b.js': 'dependency',
    'node_modules/a.js': 'dependency',
    '/srv/my_node_modules/a.js': 'app',
    'node:internal/timers': 'node',
    '': 'native',
    'wasm://wasm/1234': 'native',
  };
  for (const [file, category] of Object.entries(files)) assert.equal(categoryOf(file), category, file);
});

test('values are told in their unit', () => {
  assert.equal(formatValue(1_500_000_000, 'nanoseconds'), '1.5 s');
  assert.equal(formatValue(250, 'microseconds'), '250 µs');
  assert.equal(formatValue(1_500_000, 'bytes'), '1.5 MB');
  assert.equal(formatValue(1_234_567, 'count'), '1,234,567');
  assert.equal(formatValue(3, 'requests'), '3 requests');
});
