/** The server of `nops ui`, over real HTTP: who gets the profile, and who does not. */

import assert from 'node:assert/strict';
import { chmodSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ProfileOrigin } from '@nops/core/profile/origin';
import { nops } from '../cli/helpers.js';
import { startTarget, until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { cookieOf, get, trade } from './ask-ui.js';
import { startServing, startUi, type Ui, writeProfile } from './start-ui.js';

async function startWithProfile(t: TestContext): Promise<Ui & { file: string }> {
  const file = writeProfile(temporaryFolder(t), [[['main', 'work'], 900]]);
  return { ...(await startUi(t, [file])), file };
}

test('the token is traded for a strict cookie, and the cookie for the profile', async t => {
  const ui = await startWithProfile(t);
  const traded = await trade(ui, ui.token);
  assert.equal(traded.status, 204);
  assert.match(
    String(traded.headers['set-cookie']),
    new RegExp(`^nops-ui-${ui.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
  );
  const cookie = await cookieOf(ui);
  assert.ok(!cookie.includes(ui.token), 'the cookie is a secret of its own');
  const profile = await get(ui, '/api/profile', { headers: { cookie } });
  assert.deepEqual(profile.body, readFileSync(ui.file));
  const info = await get(ui, '/api/info', { headers: { cookie: `a=b; ${cookie}` } });
  const bytes = readFileSync(ui.file).length;
  const described = { kind: 'file', name: 'profile.pb.gz', bytes };
  const expected = { schema: 'nops.ui-info/1', profile: described, profiles: [{ ...described, id: 'first' }] };
  assert.deepEqual(JSON.parse(info.text), expected);
});

test('without its cookie nothing is told', async t => {
  const [ui, other] = await Promise.all([startWithProfile(t), startWithProfile(t)]);
  const cookie = await cookieOf(other);
  const secret = cookie.slice(cookie.indexOf('=') + 1);
  for (const path of [
    '/api/info',
    '/api/profile',
    '/api/profiles/first',
    '/api/offline.html',
    `/api/profile?token=${ui.token}`,
  ]) {
    for (const given of ['', cookie, `nops-ui-${ui.port}=${secret}`, `nops-ui-${ui.port}=${ui.token}`]) {
      const { status, text } = await get(ui, path, { headers: { cookie: given } });
      assert.equal(status, 401, `${path} with ${given}`);
      assert.match(text, /use the address/);
    }
  }
  for (const token of ['', other.token, `${ui.token}x`, ui.token.slice(1)]) {
    const { status, headers } = await trade(ui, token);
    assert.deepEqual([status, headers['set-cookie']], [401, undefined]);
  }
});

test('every answer carries the policy', async t => {
  const ui = await startWithProfile(t);
  const page = await get(ui, '/');
  const script = /src="\.(\/assets\/[^"]+\.js)"/.exec(page.text)?.[1];
  const style = /href="\.(\/assets\/[^"]+\.css)"/.exec(page.text)?.[1];
  assert.ok(script !== undefined && style !== undefined);
  assert.doesNotMatch(page.text, /<script>|<style|\son\w+=|style=/, 'nothing inline');
  const answers = await Promise.all([
    get(ui, script),
    get(ui, style),
    get(ui, '/nothing'),
    get(ui, '/api/info'),
    get(ui, '/', { headers: { host: 'evil.example' } }),
  ]);
  assert.deepEqual(
    [page, ...answers].map(({ status }) => status),
    [200, 200, 200, 404, 401, 421],
  );
  for (const { headers } of [page, ...answers]) {
    assert.equal(
      headers['content-security-policy'],
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers['x-powered-by'], undefined);
  }
});

test('another Host is refused, also with the cookie', async t => {
  const ui = await startWithProfile(t);
  const cookie = await cookieOf(ui);
  for (const host of [`localhost:${ui.port}`, `LOCALHOST:${ui.port}`]) {
    assert.equal((await get(ui, '/api/info', { headers: { host, cookie } })).status, 200, host);
  }
  const wrong = [
    '127.0.0.1',
    'localhost',
    `evil.example:${ui.port}`,
    '127.0.0.1:1',
    `127.0.0.1.evil.example:${ui.port}`,
  ];
  for (const host of wrong) {
    for (const path of ['/', '/api/info']) {
      assert.equal((await get(ui, path, { headers: { host, cookie } })).status, 421, host);
    }
    assert.equal((await trade(ui, ui.token, { host })).status, 421, host);
  }
});

test('another Origin is refused, also with the cookie', async t => {
  const ui = await startWithProfile(t);
  const cookie = await cookieOf(ui);
  assert.equal((await get(ui, '/api/info', { headers: { cookie, origin: ui.origin } })).status, 200);
  assert.equal((await trade(ui, ui.token, { origin: ui.origin })).status, 204);
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1', `https://127.0.0.1:${ui.port}`]) {
    assert.equal((await get(ui, '/api/info', { headers: { cookie, origin } })).status, 403, origin);
    assert.equal((await trade(ui, ui.token, { origin })).status, 403, origin);
  }
});

test('only the trade is a POST, and what makes no sense is refused', async t => {
  const ui = await startWithProfile(t);
  const cookie = await cookieOf(ui);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    for (const path of ['/', '/api/info', '/api/profile']) {
      const { status, headers } = await get(ui, path, { method, headers: { cookie } });
      assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD'], `${method} ${path}`);
    }
  }
  const json = { 'content-type': 'application/json' };
  assert.equal((await get(ui, '/api/session', { headers: { cookie } })).status, 404);
  assert.equal((await get(ui, '/api/session', { body: '{', headers: json })).status, 400);
  assert.equal((await get(ui, '/api/session', { body: 'null', headers: json })).status, 400);
  assert.equal((await get(ui, '/api/session', { body: `{"a":"${'a'.repeat(2000)}"}`, headers: json })).status, 413);
  // What a form of another site could send.
  const form = { body: `{"token":"${ui.token}"}`, headers: { 'content-type': 'text/plain' } };
  assert.equal((await get(ui, '/api/session', form)).status, 401);
});

test('no path leads out of the page', async t => {
  const ui = await startWithProfile(t);
  const cookie = await cookieOf(ui);
  for (const path of [
    '/../package.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/%2e%2e/package.json',
    '/assets/%2e%2e/index.html',
    '//etc/passwd',
    '/assets/',
    '/assets/..\\..\\package.json',
    '/%',
    '/assets/%00',
    '/__proto__',
    ui.file,
  ]) {
    const { status, text } = await get(ui, path, { headers: { cookie } });
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    assert.doesNotMatch(text, /nops-workspace|root:|<html/);
  }
});

test('it listens on loopback only', async t => {
  const ui = await startWithProfile(t);
  const outside = Object.values(networkInterfaces())
    .flat()
    .find(address => address?.family === 'IPv4' && !address.internal);
  if (outside === undefined) return t.skip('this machine has no address but loopback');
  const code = await new Promise(resolve => {
    const socket = connect(ui.port, outside.address);
    socket.once('connect', () => resolve('connected')).once('error', (e: NodeJS.ErrnoException) => resolve(e.code));
    socket.unref();
  });
  assert.notEqual(code, 'connected');
});

test('Ctrl-C and SIGTERM end it with exit code 0, also while a connection is open', async t => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const ui = await startWithProfile(t);
    const socket = connect(ui.port, '127.0.0.1');
    await new Promise(resolve => socket.once('connect', resolve));
    socket.on('error', () => {});
    ui.child.kill(signal);
    assert.equal(await ui.exited, 0);
    socket.destroy();
  }
});

test('--open starts the browser with a link that works once', async t => {
  const folder = temporaryFolder(t);
  const path = writeOpener(folder);
  const file = writeProfile(folder, [[['main'], 1]]);
  const ui = await startUi(t, [file, '--open'], { PATH: path });
  const opened = await until(
    () => readOrNothing(join(folder, 'opened')),
    () => 'the opener',
  );
  const once = new URL(opened.trim()).hash.slice('#token='.length);
  assert.notEqual(once, ui.token, 'the command line of a process is no secret');
  assert.equal((await trade(ui, once)).status, 204);
  assert.equal((await trade(ui, once)).status, 401);
  assert.equal((await trade(ui, ui.token)).status, 204);
});

for (const kind of ['cpu', 'heap'] as const) {
  test(`nops ${kind} --open keeps the file, prints the table and shows the profile`, async t => {
    const code = 'globalThis.kept = []; setInterval(() => kept.push(new Array(20_000).fill({ a: 1 })), 5)';
    const target = await startTarget(t, code, { env: { NOPS_NAME: 'orders' } });
    const folder = temporaryFolder(t);
    const output = join(folder, 'out.pb.gz');
    const env = { PATH: writeOpener(folder), NOPS_DIR: target.folder };
    const ui = await startServing(t, [kind, String(target.pid), '-s', '1', '-o', output, '--open'], env);
    assert.match(ui.stdout(), /^ *FLAT +FLAT%[\s\S]*^written to .*out\.pb\.gz$/m);
    await until(
      () => readOrNothing(join(folder, 'opened')),
      () => 'the opener',
    );
    const cookie = await cookieOf(ui);
    assert.deepEqual((await get(ui, '/api/profile', { headers: { cookie } })).body, readFileSync(output));
    const { profile } = JSON.parse((await get(ui, '/api/info', { headers: { cookie } })).text) as ProfileOrigin;
    assert.deepEqual([profile?.kind, profile?.name, profile?.process?.pid], [kind, 'orders', target.pid]);
    assert.equal(profile?.process?.node, process.versions.node);
    ui.child.kill('SIGINT');
    assert.equal(await ui.exited, 0);
  });
}

test('the result of a command that serves a page is one line of JSON', async t => {
  const target = await startTarget(t, 'setInterval(() => {}, 10)');
  const folder = temporaryFolder(t);
  const env = { PATH: writeOpener(folder), NOPS_DIR: target.folder };
  const cpu = ['cpu', String(target.pid), '-s', '1', '-o', join(folder, 'cpu.pb.gz'), '--open', '--json'];
  for (const args of [['ui', String(target.pid), '-s', '1', '--json'], cpu]) {
    const ui = await startServing(t, args, env);
    assert.match(ui.stdout(), /^\{.*\}\n$/);
    const { schema, url, pid } = JSON.parse(ui.stdout());
    assert.deepEqual([schema, url, pid], [`nops.${args[0]}/1`, ui.url, target.pid]);
  }
});

test('without a browser the address is told all the same', async t => {
  const ui = await startUi(t, [writeProfile(temporaryFolder(t), [[['main'], 1]]), '--open'], { PATH: '' });
  assert.match(ui.stdout(), /^note: No browser could be started: open the address yourself\.$/m);
});

test('without a file there is a page, and no profile', async t => {
  const ui = await startUi(t, []);
  const cookie = await cookieOf(ui);
  assert.equal((await get(ui, '/')).status, 200);
  assert.deepEqual(JSON.parse((await get(ui, '/api/info', { headers: { cookie } })).text), {
    schema: 'nops.ui-info/1',
    profiles: [],
  });
  assert.equal((await get(ui, '/api/profile', { headers: { cookie } })).status, 404);
});

test('--json prints the address, and a port that is taken is refused', async t => {
  const ui = await startWithProfile(t);
  const ended = await nops(['ui', ui.file, '--port', String(ui.port)]);
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /port \d+ can't be used: something listens there already\n {2}next: Leave out --port/);
  const json = await startUi(t, [ui.file, '--json']);
  assert.match(json.url, /^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
});

test('what is no profile is refused with exit code 2, and what it is', async t => {
  const folder = temporaryFolder(t);
  const make = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const huge = make('huge.pb.gz', gzipSync(''));
  truncateSync(huge, 1025 * 1024 ** 2);
  const cases: [file: string, message: RegExp][] = [
    [huge, /is larger than the .* that can be shown/],
    [make('empty.pb.gz', ''), /is no profile: it is empty/],
    [make('text.pb', '\nhello, this is a text'), /is no profile: it begins like none/],
    [make('text.gz', gzipSync('hello, this is a text')), /it begins like none/],
    [make('damaged.gz', Buffer.concat([gzipSync('x').subarray(0, 10), Buffer.alloc(20, 0xff)])), /can't be unpacked/],
    [folder, /is a folder/],
    [join(folder, 'none.pb.gz'), /can't read .*none\.pb\.gz: ENOENT/],
  ];
  for (const [file, message] of cases) {
    const { code, stdout, stderr } = await nops(['ui', file]);
    assert.match(stderr, message);
    assert.match(stderr, /\n {2}next: /);
    assert.deepEqual([code, stdout], [2, ''], file);
  }
  const { stderr } = await nops(['ui', '--heap']);
  assert.match(stderr, /-s and --heap are for recording a process/);
  const gone = await nops(['ui', '4194305']);
  assert.equal(gone.code, 3);
});

/** What starts the browser: writes the address to `opened` in `folder` instead. The PATH that finds it first. */
function writeOpener(folder: string): string {
  const opener = join(folder, process.platform === 'darwin' ? 'open' : 'xdg-open');
  writeFileSync(opener, `#!/bin/sh\necho "$1" > ${folder}/opened.part && mv ${folder}/opened.part ${folder}/opened\n`);
  chmodSync(opener, 0o755);
  return `${folder}${delimiter}${process.env['PATH']}`;
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
