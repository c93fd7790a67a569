/** A service with every kind of task, its own load, and a trace of it. */

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentEntry, startTarget, type Target, type TargetOptions, until } from '../support/target.js';

/** Asks itself through an upstream of its own, blocks for 30 ms in /block, and names its work. */
const service = `import http from 'node:http';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { log, region, task } from ${JSON.stringify(agentEntry)};
const upstream = http.createServer((q, r) => setTimeout(() => r.end('ok'), 10)).listen(0, '127.0.0.1', () => {
  const agent = new http.Agent({ keepAlive: true });
  const askUpstream = () => new Promise((done, fail) => {
    http.get({ host: '127.0.0.1', port: upstream.address().port, agent }, r => r.resume().on('end', done)).on('error', fail);
  });
  // Long enough for CPU samples to meet it.
  function readAgain() { for (const end = performance.now() + 10; performance.now() < end; ) fs.readFileSync('/etc/passwd'); }
  function blockLoop() { const end = performance.now() + 30; while (performance.now() < end); }
  const routes = {
    up: askUpstream,
    block: () => { blockLoop(); },
    zip: () => promisify(zlib.gzip)(Buffer.alloc(2e5)),
    file: () => { readAgain(); return fs.promises.stat('/etc/passwd'); },
  };
  const server = http.createServer(async (request, response) => {
    await routes[request.url.split('/')[1]]();
    response.end();
  }).listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    const one = path => new Promise(done => http.get({ host: '127.0.0.1', port, path, agent }, r => r.resume().on('end', done)));
    (async () => { for (;;) for (const path of ['/up', '/block', '/zip', '/file/17']) { await one(path); await sleep(5); } })();
    const job = () => task('import', async () => {
      log('rows', 'three');
      performance.mark('begun');
      await region('parse', () => sleep(15));
      await askUpstream();
    }).then(() => setTimeout(job, 10));
    job();
    setInterval(() => task('refused', () => Promise.reject(new Error('no'))).catch(() => {}), 50);
    console.log('ready');
  });
});`;

export async function startTraced(t: TestContext, options: Pick<TargetOptions, 'node' | 'env'> = {}): Promise<Target> {
  const target = await startTarget(t, service, options);
  await target.said('ready');
  return target;
}

/** What has come of a trace when its client leaves after `ms`. */
export function leaveAfter(target: Target, ms: number): Promise<Buffer> {
  return leaveWhen(target, () => sleep(ms));
}

/** What has come of a trace when its client leaves, as soon as what `seen` waits for is there. One before it may just be ending. */
export async function leaveWhen(target: Target, seen: () => Promise<unknown>): Promise<Buffer> {
  const response = await until(
    async () => {
      const asked = await beginTrace(target);
      if (asked.statusCode === 200) return asked;
      asked.destroy();
      return undefined;
    },
    () => 'a trace to begin',
  );
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  await seen().finally(() => response.destroy());
  return Buffer.concat(chunks);
}

/** A trace that has begun when this answers, and ends when its client leaves or `/debug/nops/profile-stop?id=` is asked for. */
export async function beginTrace(target: Target, id = 'trace'): Promise<IncomingMessage> {
  const path = `/debug/trace?seconds=60&id=${id}`;
  const asked = get({ socketPath: target.socketPath(), path, headers: { host: 'localhost' }, agent: false });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  asked.on('error', () => {});
  return response;
}
