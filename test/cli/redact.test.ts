/** What command lines look like before they are shown, and durations as they are written. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactText, redactWords } from '@nops/core/units/redact';
import { nops, startNode } from './helpers.js';

test('values that look like secrets are replaced, and nothing else', () => {
  const cases: [line: string, shown: string][] = [
    ['node --token=abc app.js', 'node --token=[redacted] app.js'],
    ['node app.js --db-password hunter2 --port 80', 'node app.js --db-password [redacted] --port 80'],
    ['node app.js --password --verbose', 'node app.js --password --verbose'],
    ['env API_KEY=12 PORT=80', 'env API_KEY=[redacted] PORT=80'],
    ['--db postgres://u:p4ss@db:5432/x', '--db postgres://u:[redacted]@db:5432/x'],
    ['https://x.test/?a=1&access_token=t&b=2', 'https://x.test/?a=1&access_token=[redacted]&b=2'],
    ['ghp_0123456789abcdefghijABCDEFGHIJ012345', '[redacted]'],
    ['AKIAIOSFODNN7EXAMPLE', '[redacted]'],
    ['node --max-old-space-size=512 --import=./keys.js src/auth/index.js', ''],
    ['node --tls-keylog=/tmp/log --test-name-pattern=token', ''],
    ['http://localhost:80/path?page=2', ''],
  ];
  for (const [line, shown] of cases) assert.equal(redactText(line).text, shown === '' ? line : shown);
  assert.deepEqual(redactWords(['--secret', 'with spaces in it']), { words: ['--secret', '[redacted]'], count: 1 });
});

test('durations are those of Go', async () => {
  const { pid } = await startNode(['-e', 'setInterval(() => {}, 1000); console.log("ready")']);
  const measured = async (...args: string[]): Promise<number | null> =>
    JSON.parse((await nops(['info', String(pid), ...args, '--json'])).stdout).usage.measuredSeconds;
  assert.equal(await measured('150ms'), 0.15);
  assert.equal(await measured('0.1s50ms'), 0.15);
  for (const wrong of ['0', '61s', '2h', 'abc', '1e1', '']) {
    assert.equal((await nops(['info', String(pid), `--seconds=${wrong}`])).code, 2, wrong);
  }
});
