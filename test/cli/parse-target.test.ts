import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NopsError } from '@nops/core/protocol/errors';
import { parseTarget } from 'nops/dist/target/parse.js';

test('a target is a pid, a name, an address, a URL or a socket', () => {
  assert.deepEqual(parseTarget('4242'), { kind: 'pid', pid: 4242 });
  assert.deepEqual(parseTarget('api'), { kind: 'name', name: 'api' });
  assert.deepEqual(parseTarget('@scope/api'), { kind: 'name', name: '@scope/api' });
  assert.deepEqual(parseTarget('./app.js'), { kind: 'name', name: './app.js' });
  assert.deepEqual(parseTarget('unix:/run/nops.sock'), { kind: 'unix', path: '/run/nops.sock' });
  assert.deepEqual(parseTarget('unix:///run/nops.sock'), { kind: 'unix', path: '/run/nops.sock' });
  const tcp = { kind: 'tcp', secure: false, token: undefined };
  assert.deepEqual(parseTarget('localhost:6060'), { ...tcp, host: 'localhost', port: 6060 });
  assert.deepEqual(parseTarget('[::1]:6060'), { ...tcp, host: '::1', port: 6060 });
  assert.deepEqual(parseTarget('http://127.0.0.1:6060'), { ...tcp, host: '127.0.0.1', port: 6060 });
  assert.deepEqual(parseTarget('http://[::1]:6060/debug/pprof/'), { ...tcp, host: '::1', port: 6060 });
});

test('a URL may carry the token as user or password, as go tool pprof takes it', () => {
  const tcp = { kind: 'tcp', host: 'h', port: 443, secure: true };
  assert.deepEqual(parseTarget('https://x:s%2Fe@h'), { ...tcp, token: 's/e' });
  assert.deepEqual(parseTarget('https://secret@h'), { ...tcp, token: 'secret' });
});

for (const text of [
  '',
  '-',
  '0',
  '99999999999999999999',
  'unix:',
  'ftp://h',
  'h:0',
  'h:65536',
  'http://',
  'http://h:x',
]) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseTarget(text),
      (error: unknown) => error instanceof NopsError && error.code === 'usage',
    );
  });
}

test('a refused URL does not show its token', () => {
  assert.throws(
    () => parseTarget('http://x:secret@h:port'),
    (error: Error) => !error.message.includes('secret'),
  );
});
