/** `nops` against listeners that are no agents: real servers that answer something else, nothing, or too much. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { asShell, folder, nops, nopsPath } from './helpers.js';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

async function listen(server: Server, ...where: [number, string] | [string]): Promise<number> {
  servers.push(server);
  server.listen(...(where as [number, string]));
  await once(server, 'listening');
  server.unref();
  return (server.address() as AddressInfo).port;
}

test('another HTTP server is no agent', async () => {
  const port = await listen(
    createHttpServer((_, response) => response.end('<h1>hello</h1>')),
    0,
    '127.0.0.1',
  );
  const ended = await nops(['info', `127.0.0.1:${port}`]);
  assert.equal(ended.code, 3);
  assert.match(ended.stderr, /is no nops agent/);
});

test('a server that talks no HTTP is no agent', async () => {
  const port = await listen(
    createServer(socket => socket.end('SSH-2.0-OpenSSH\r\n')),
    0,
    '127.0.0.1',
  );
  const ended = await nops(['pools', `127.0.0.1:${port}`]);
  assert.equal(ended.code, 3);
  assert.match(ended.stderr, /is no nops agent/);
});

test('an agent that did not hear the request in time is one all the same', async () => {
  const port = await listen(
    // What Node's own server answers then.
    createServer(socket => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    }),
    0,
    '127.0.0.1',
  );
  const ended = await nops(['info', `127.0.0.1:${port}`]);
  assert.match(ended.stderr, /too busy/);
  assert.equal(ended.code, 5);
});

test('an agent that does not answer in time is told with exit code 5', async () => {
  const socketPath = join(folder, 'silent.sock');
  await listen(
    createServer(socket => socket.resume().on('error', () => {})),
    socketPath,
  );
  const ended = await nops(['info', `unix:${socketPath}`]);
  assert.equal(ended.code, 5);
  assert.match(ended.stderr, /did not answer within 5 s/);
});

test('the token goes as Bearer, and a refusal of it says how to give one', async () => {
  const seen: (string | undefined)[] = [];
  const server = createHttpServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(401).end();
  });
  const port = await listen(server, 0, '127.0.0.1');
  const ended = await nops(['info', `http://x:from-url@127.0.0.1:${port}`, '--token', 'from-option']);
  assert.equal(ended.code, 4);
  assert.match(ended.stderr, /--token or NOPS_TOKEN/);
  assert.doesNotMatch(ended.stderr, /from-url/);
  await nops(['info', `127.0.0.1:${port}`, '--token', 'from-option'], { NOPS_TOKEN: 'from-variable' });
  await nops(['info', `127.0.0.1:${port}`], { NOPS_TOKEN: 'from-variable' });
  assert.deepEqual([...new Set(seen)], ['Bearer from-url', 'Bearer from-option', 'Bearer from-variable']);
});

test('an endless answer is cut off', async () => {
  const server = createHttpServer((_, response) => {
    const chunk = Buffer.alloc(1 << 20, ' ');
    const push = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', push).on('error', () => {});
    push();
  });
  const port = await listen(server, 0, '127.0.0.1');
  const ended = await nops(['info', `127.0.0.1:${port}`]);
  assert.equal(ended.code, 5);
  assert.match(ended.stderr, /larger than the 8.39 MB/);
});

test('Ctrl-C ends a request with exit code 130 and says nothing', async () => {
  const connected: Promise<unknown>[] = [];
  const server = createServer(socket => socket.resume().on('error', () => {}));
  connected.push(once(server, 'connection'));
  const port = await listen(server, 0, '127.0.0.1');
  const child = spawn(process.execPath, [nopsPath, 'info', `127.0.0.1:${port}`], { stdio: 'pipe' });
  let output = '';
  child.stdout.on('data', chunk => (output += chunk));
  child.stderr.on('data', chunk => (output += chunk));
  await connected[0];
  child.kill('SIGINT');
  const [code, signal] = await once(child, 'close');
  assert.deepEqual({ code: asShell(code, signal), output }, { code: 130, output: '' });
});
