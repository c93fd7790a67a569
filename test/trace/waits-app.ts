/**
 * A service whose every route waits for one thing and measures by its own clock how long: what it measured is what a trace of it must say.
 *
 *   GET /<route>    the answer is what it measured; GET /measured tells of all since /forget: { route, totalMs, waitMs, gcMs }
 *
 * Environment: UPSTREAM (port of a server that takes 30 ms), DNS (port of a server that takes 80), FIFO (written to by the test).
 */

export const waitsApp = `import http from 'node:http';
import fs from 'node:fs';
import dns from 'node:dns';
import crypto from 'node:crypto';
import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const { UPSTREAM, DNS, FIFO } = process.env;
const collections = [];
new PerformanceObserver(list => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] });
const resolver = new dns.promises.Resolver({ tries: 1, timeout: 5000 });
resolver.setServers(['127.0.0.1:' + DNS]);
const fifo = fs.openSync(FIFO, 'r+');
const agent = new http.Agent({ keepAlive: true });
const upstream = path => new Promise((resolve, reject) => {
  http.get({ host: '127.0.0.1', port: UPSTREAM, path, agent }, r => r.resume().on('end', resolve)).on('error', reject);
});
const pbkdf2 = promisify(crypto.pbkdf2);

function storm() {
  let kept = [];
  for (let i = 0; i < 60; i++) {
    kept = kept.slice(-4);
    kept.push(Array.from({ length: 20000 }, (_, j) => ({ j, text: 'x' + j })));
  }
  return kept.length;
}

const routes = {
  timer: () => sleep(50),
  upstream: () => upstream('/slow'),
  fetch: () => fetch('http://127.0.0.1:' + UPSTREAM + '/slow').then(r => r.text()),
  read: () => void fs.readSync(fifo, Buffer.alloc(1)),
  pool: () => Promise.all(Array.from({ length: 8 }, () => pbkdf2('a', 'b', 30000, 32, 'sha256'))),
  dns: () => resolver.resolve4('stalls.example'),
  gc: () => void storm(),
  js: () => { const end = performance.now() + 20; while (performance.now() < end); },
  three: () => Promise.all([sleep(20), upstream('/slow'), sleep(90)]),
  child: () => promisify(exec)('sleep 0.05'),
  shared: () => Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50).value,
};

const measured = [];
const server = http.createServer(async (request, response) => {
  const begin = performance.now();
  const route = request.url.slice(1);
  if (route === 'forget') measured.length = 0;
  if (route === 'measured' || route === 'forget') return void response.end(JSON.stringify(measured));
  const of = { route };
  response.on('finish', () => {
    const end = performance.now();
    setTimeout(() => {
      const during = collections.filter(c => c.startTime >= begin && c.startTime < end);
      measured.push({ ...of, totalMs: end - begin, gcMs: during.reduce((sum, c) => sum + c.duration, 0) });
    }, 20);
  });
  const from = performance.now();
  await routes[route]();
  of.waitMs = performance.now() - from;
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));`;

export interface Measured {
  route: string;
  totalMs: number;
  waitMs: number;
  gcMs: number;
}
