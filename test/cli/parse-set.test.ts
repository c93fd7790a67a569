import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NopsError } from '@nops/core/protocol/errors';
import { parseAssignment } from 'nops/dist/commands/set.js';

for (const [text, name, value] of [
  ['https-1.maxFreeSockets=256', 'https-1.maxFreeSockets', 256],
  ['a.ratio=0.5', 'a.ratio', 0.5],
  ['a.offset=-3', 'a.offset', -3],
  ['a.keepAlive=false', 'a.keepAlive', false],
  ['a.keepAlive=true', 'a.keepAlive', true],
  ['a.maxSockets=Infinity', 'a.maxSockets', null],
  ['a.maxSockets=unlimited', 'a.maxSockets', null],
  ['a.timeout=null', 'a.timeout', null],
  ['a.level=debug', 'a.level', 'debug'],
  ['a.query=b=c', 'a.query', 'b=c'],
  ['a.hex=0x10', 'a.hex', '0x10'],
  ['a.empty=', 'a.empty', ''],
] as const) {
  test(`${text} splits at the first = and reads its value`, () => {
    assert.deepEqual(parseAssignment(text), { name, value });
  });
}

for (const text of ['novalue', '=5', '']) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseAssignment(text),
      (error: unknown) => error instanceof NopsError && error.code === 'usage',
    );
  });
}
