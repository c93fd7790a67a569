/** A body is answered, whatever the app's parsers have made of it and however it comes: never a hang, never an exception in the app. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { test } from 'node:test';
import { endpoints } from '@nops/core/protocol/endpoints';
import { agentEntry, ask, startTarget, until } from '../support/target.js';
import { rawRequest, sendRaw } from './raw-http.js';

const require = createRequire(import.meta.url);

const parsers = {
  none: '(q, r, next) => next()',
  json: 'express.json()',
  urlencoded: 'express.urlencoded({ extended: true })',
  text: "express.text({ type: '*/*' })",
  raw: "express.raw({ type: '*/*' })",
  // As multer does: reads all, and leaves nothing.
  consumed: "(q, r, next) => q.resume().on('end', next)",
  // Reads a first piece and goes on.
  begun:
    "(q, r, next) => { if (q.headers['content-length'] > 0) q.once('data', () => { q.pause(); next(); }); else next(); }",
  paused: '(q, r, next) => { q.pause(); next(); }',
  // Answers itself before anything else does.
  answered: "(q, r, next) => { r.end('early'); next(); }",
};

const app = (express: string) => `import express from ${JSON.stringify(require.resolve(express))};
import { nops } from ${JSON.stringify(agentEntry.replace('index.js', 'express.js'))};
import { tunable } from ${JSON.stringify(agentEntry)};
let limit = 1; tunable('app.limit', { get: () => limit, set: value => { limit = value; } });
const app = express();
const parsers = { ${Object.entries(parsers)
  .map(([name, code]) => `${name}: ${code}`)
  .join(', ')} };
for (const [name, parser] of Object.entries(parsers)) app.use('/' + name, parser, nops());
const server = app.listen(0, '127.0.0.1', () => console.log('port', server.address().port));`;

const change = JSON.stringify({ changes: [{ name: 'app.limit', value: 7 }] });
const types = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  '\xff',
];
const answers = (status: number | undefined) => status !== undefined && status >= 200 && status < 500;

for (const express of ['express', 'express4']) {
  test(`${express}: every body is answered`, async t => {
    const target = await startTarget(t, app(express), { execArgv: [], env: { NODE_ENV: 'test' } });
    const port = Number(await target.said('port'));
    const { cmdline, set } = endpoints;
    const send = (path: string, headers: string[], body: string, method: string) =>
      sendRaw({ port }, rawRequest(path, { method, headers: ['Host: localhost', ...headers], body }));
    for (const parser of Object.keys(parsers)) {
      assert.equal((await ask({ port, path: `/${parser}${cmdline.path}` })).status, 200, parser);
      for (const type of types) {
        const header = [`Content-Type: ${type}`];
        const what = `${parser}, ${type}`;
        // What a GET carries means nothing to us; a parser of the app may refuse it.
        const get = await send(`/${parser}${cmdline.path}`, header, '{}', 'GET');
        assert.ok(answers(get.status), `GET, ${what}: ${get.text}`);
        const post = await send(`/${parser}${set.path}`, header, change, 'POST');
        assert.ok(answers(post.status), `POST, ${what}: ${post.text}`);
        const large = await send(`/${parser}${set.path}`, header, `"${'a'.repeat(200_000)}"`, 'POST');
        assert.ok(parser === 'answered' || (large.status ?? 0) >= 400, `a large body, ${what}: ${large.text}`);
      }
      const chunked = ['Host: localhost', 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
      const pieces = `${change.length.toString(16)}\r\n${change}\r\n0\r\n\r\n`;
      const request = (more: string[]) => rawRequest(`/${parser}${set.path}`, { method: 'POST', headers: more });
      const inPieces = await sendRaw({ port }, Buffer.concat([request(chunked), Buffer.from(pieces)]));
      assert.ok(answers(inPieces.status), `chunked, ${parser}: ${inPieces.text}`);
      const expects = await send(
        `/${parser}${set.path}`,
        ['Expect: 100-continue', 'Content-Type: application/json'],
        change,
        'POST',
      );
      assert.ok(answers(expects.status), `Expect, ${parser}: ${expects.text}`);
      // Gone in the middle of its body.
      await new Promise<void>(resolve => {
        const half = request(['Host: localhost', 'Content-Type: application/json', 'Content-Length: 1000']);
        const socket = connect({ port }, () => socket.write(half, () => setTimeout(() => socket.destroy(), 20)));
        socket.on('error', () => {}).on('close', () => resolve());
      });
    }
    for (const parser of ['none', 'json', 'text', 'raw', 'paused']) {
      const { status, text } = await send(`/${parser}${set.path}`, ['Content-Type: application/json'], change, 'POST');
      assert.equal(status, 200, `what was parsed is passed on as it was, ${parser}: ${text}`);
    }
    assert.equal((await ask({ port, path: `/none${cmdline.path}` })).status, 200);
    assert.equal(target.child.exitCode, null);
    assert.doesNotMatch(target.output().stderr, /Error/);
  });
}

test('a body that does not come is given up, and a crowd is told to come again', async t => {
  const target = await startTarget(t, app('express'), {
    execArgv: [],
    prefix: ['sh', '-c', 'ulimit -n 64 && exec "$0" "$@"'],
  });
  const port = Number(await target.said('port'));
  const headers = ['Host: localhost', 'Content-Type: application/json', 'Content-Length: 1000'];
  const { status } = await sendRaw({ port }, rawRequest(`/none${endpoints.set.path}`, { method: 'POST', headers }));
  assert.equal(status, 408);
  const crowd = await Promise.all(
    Array.from({ length: 8 }, () => ask({ port, path: `/none${endpoints.stats.path}?seconds=1` })),
  );
  assert.ok(crowd.some(answer => answer.status === 200));
  for (const answer of crowd) assert.ok(answer.status === 200 || answer.status === 429, answer.text);
  assert.ok(crowd.some(answer => answer.status === 429 && answer.headers['retry-after'] === '1'));
  await until(
    async () => (await ask({ port, path: `/none${endpoints.cmdline.path}` })).status === 200 || undefined,
    () => 'room again',
  );
});
