/** Bytes that are no profile, or were one: they are refused as such or read, in a bounded time. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { encodeProfile } from '@nops/core/profile/encode';
import { fromCpuProfile } from '@nops/core/profile/formats/from-cpuprofile';
import { topEntries } from '@nops/core/profile/top';
import { NopsError } from '@nops/core/protocol/errors';
import { randomFrom } from '../support/random.js';
import { recordCpu } from './inspect.js';
import { assertConsistent, randomProfile } from './profiles.js';

let bytes: Uint8Array;

before(async () => {
  const cpu = await recordCpu(async () => {
    const end = performance.now() + 60;
    while (performance.now() < end) JSON.parse('[1,2,3]');
  }, 2000);
  bytes = encodeProfile(fromCpuProfile(cpu, { startedAtMs: 1.7e12, intervalMicros: 2000 }));
});

/** Whether the bytes were read; they must be a whole profile then, and else be refused in words. */
function isRead(damaged: Uint8Array, what: string): boolean {
  try {
    const profile = decodeProfile(damaged);
    assertConsistent(profile);
    topEntries(profile, { limit: 5 });
    return true;
  } catch (error) {
    assert.ok(error instanceof NopsError, `${what}: ${error instanceof Error ? error.stack : String(error)}`);
    assert.equal(error.code, 'usage', what);
    assert.match(error.message, /^this is not a readable pprof profile: ./, what);
    return false;
  }
}

test('a profile that was cut off anywhere', () => {
  assert.ok(bytes.length > 300);
  let refused = 0;
  for (let length = 0; length < bytes.length; length++) {
    if (!isRead(bytes.subarray(0, length), `cut at ${length}`)) refused++;
  }
  assert.ok(refused > 0);
  assert.ok(isRead(bytes, 'whole'));
});

test('a profile with bytes flipped, put in and taken out', () => {
  const random = randomFrom(20);
  const outcomes = { read: 0, refused: 0 };
  for (let round = 0; round < 4000; round++) {
    const whole = round % 2 === 0 ? bytes : encodeProfile(randomProfile(round));
    const damaged = Array.from(whole);
    for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes--) {
      const at = Math.floor(random() * damaged.length);
      const byte = Math.floor(random() * 256);
      if (random() < 0.7) damaged[at] = byte;
      else damaged.splice(at, random() < 0.5 ? 0 : 1, byte);
    }
    outcomes[isRead(Uint8Array.from(damaged), `round ${round}`) ? 'read' : 'refused']++;
  }
  assert.ok(outcomes.read > 100 && outcomes.refused > 100, JSON.stringify(outcomes));
});

test('noise of any length', () => {
  const random = randomFrom(21);
  for (let length = 0; length < 600; length++) {
    isRead(
      Uint8Array.from({ length }, () => Math.floor(random() * 256)),
      `noise of ${length}`,
    );
  }
});

test('what was never a profile is refused', () => {
  const others: [string, Uint8Array][] = [
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('404 page not found\n')],
    ['HTML', Buffer.from('<!doctype html><title>nops</title>')],
    ['JSON', Buffer.from('{"nodes":[],"startTime":0,"endTime":1}')],
    ['zeros', new Uint8Array(1000)],
    ['a profile still compressed', gzipSync(bytes)],
  ];
  for (const [what, content] of others) assert.equal(isRead(content, what), false, what);
});

test('a sample that names a location that is not there is refused', () => {
  // sample_type { type: 0, unit: 0 } has a byte each here; sample { location_id: 7, value: 1 }.
  const broken = Uint8Array.of(10, 4, 8, 0, 16, 0, 18, 6, 10, 1, 7, 18, 1, 1);
  assert.throws(() => decodeProfile(broken), /names a location that the file does not hold/);
  const uneven = Uint8Array.of(10, 4, 8, 0, 16, 0, 18, 4, 18, 2, 1, 1);
  assert.throws(() => decodeProfile(uneven), /more or fewer values/);
  assert.ok(isRead(Uint8Array.of(10, 4, 8, 0, 16, 0, 18, 3, 18, 1, 1), 'a sample without a stack'));
});

test('a number without an end is not read for ever', () => {
  // A field of 2 MB in which every byte says that the number goes on. In a process of its own, since only that can be stopped.
  const code = `const { decodeProfile } = await import(${JSON.stringify(import.meta.resolve('@nops/core/profile/decode'))});
    const bytes = new Uint8Array(2 << 20).fill(0xff);
    bytes[0] = 9 << 3;
    try { decodeProfile(bytes); console.log('read'); } catch (error) { console.log(error.name, error.code); }`;
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    timeout: 15_000,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  });
  assert.deepEqual({ signal, stdout }, { signal: null, stdout: 'NopsError usage\n' });
});
