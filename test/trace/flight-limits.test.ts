/** What the flight recorder costs is bounded: of much it keeps a part, and tells how much more there was. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TraceSummary } from '@nops/core/protocol/trace-results';
import { flightLimits, kinds, marks, ticksPerMs } from '@nops/core/trace/format';
import { taskKinds } from '@nops/core/trace/model';
import { decodeRecords } from '@nops/core/trace/records';
import { formatNumber } from '@nops/core/units/format';
import { loadTrace } from 'nops/dist/trace/load.js';
import { ask } from '../end-to-end/service.js';
import { nodeBinary } from '../support/nodes.js';
import { agentRegister, startTarget, until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Of the built agent, whose package shows none of it. */
const built = (path: string) => import(new URL(`../../../agent/dist/${path}`, import.meta.url).href);
const { Writer } = (await built('main/trace/writer.js')) as typeof import('../../agent/src/main/trace/writer.js');
const { createRing } = (await built(
  'messages/trace-ring.js',
)) as typeof import('../../agent/src/messages/trace-ring.js');
const { RequestSampler } = (await built(
  'main/trace/request-sampler.js',
)) as typeof import('../../agent/src/main/trace/request-sampler.js');
const { Collections } = (await built('main/trace/gc.js')) as typeof import('../../agent/src/main/trace/gc.js');
const { Drain } = (await built('worker/trace/drain.js')) as typeof import('../../agent/src/worker/trace/drain.js');

/** What a recorder has written: the sum of `a` of each mark, and the number of collections. */
function recording() {
  const ring = createRing();
  const drain = new Drain(ring);
  const told = new Map<number, number>();
  let collections = 0;
  return {
    writer: new Writer(ring, performance.now()),
    read() {
      const { records } = drain.take();
      if (records !== undefined) {
        decodeRecords(records, (kind, extra, a) => {
          if (kind === kinds.gc) collections++;
          else if (kind === kinds.mark) told.set(extra, (told.get(extra) ?? 0) + a);
        });
      }
      return { collections, told };
    },
  };
}

const tickMs = 20;

test('requests: all where there are few, a random part of many, about as many a second whatever comes, and each is counted', () => {
  const { writer, read } = recording();
  const sampler = new RequestSampler(writer, 'in');
  let offered = 0;
  let number = 0;
  const kept: number[] = [];
  /** At a rate, for a second; how many were kept. */
  const second = (perTick: number) => {
    const first = kept.length;
    for (let tick = 0; tick < 1000 / tickMs; tick++) {
      for (let request = 0; request < perTick; request++) {
        offered++;
        const next = sampler.next();
        if (next === 0) continue;
        assert.equal(next, ++number, 'numbers have no gaps');
        kept.push(offered);
      }
      sampler.adapt(tickMs);
    }
    return kept.length - first;
  };
  const few = flightLimits.in / 2 / (1000 / tickMs);
  assert.equal(second(few), flightLimits.in / 2);
  for (const times of [4, 40, 400]) {
    second(2 * few * times);
    const first = kept.length;
    const amount = second(2 * few * times);
    assert.ok(amount > flightLimits.in * 0.8 && amount < flightLimits.in * 1.2, `${amount} of ${times} times as many`);
    const even = kept.slice(first).filter(request => request % 2 === 0).length;
    assert.ok(even > amount * 0.4 && even < amount * 0.6, `${even} of ${amount} are every second one`);
  }
  second(0);
  second(0);
  assert.equal(second(few), flightLimits.in / 2, 'all again');
  assert.equal(read().told.get(marks.leftOut), offered - kept.length);
});

test('collections: all where there are few, and of many the time in which they are left out', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;
  const { writer, read } = recording();
  const collections = new Collections(writer);
  /** The observer tells of them in later turns of the loop. */
  const tick = async (count: number) => {
    for (let i = 0; i < count; i++) collect({ type: 'minor' });
    await sleep(5);
    collections.adapt(tickMs);
  };
  try {
    for (let i = 0; i < 20; i++) await tick(1);
    const few = read();
    assert.ok(few.collections >= 20 && few.told.get(marks.gcLeftOut) === undefined, JSON.stringify([...few.told]));
    for (let i = 0; i < 50; i++) await tick(10);
    const many = read();
    const kept = many.collections - few.collections;
    const leftOutMs = (many.told.get(marks.gcLeftOut) ?? 0) / ticksPerMs;
    // In a second of 500: what was saved, what is allowed, and what comes until a limit is noticed.
    assert.ok(kept >= 25 && kept < 150, `${kept} collections`);
    assert.ok(leftOutMs > 500 && leftOutMs < 1000, `${leftOutMs} ms`);
    for (let i = 0; i < 50; i++) await tick(0);
    const before = read().collections;
    for (let i = 0; i < 5; i++) await tick(1);
    assert.ok(read().collections >= before + 5, 'all again');
  } finally {
    collections.stop();
  }
});

/** Sends as many as it can by node:http and by fetch, for a while; a connection is closed after twenty. Counts both. */
const senders = `import http from 'node:http';
const seen = new WeakSet();
const opened = { '/get': 0, '/fetch': 0 };
const server = http.createServer((request, response) => {
  if (!seen.has(request.socket)) opened[request.url]++;
  seen.add(request.socket);
  response.end('ok');
});
server.maxRequestsPerSocket = 20;
server.listen(0, '127.0.0.1', () => console.log('ready'));
const agent = new http.Agent({ keepAlive: true, maxSockets: 5 });
const get = () => new Promise((done, failed) =>
  http.get({ port: server.address().port, host: '127.0.0.1', path: '/get', agent }, r => r.resume().on('end', done)).on('error', failed));
const fetched = async () => (await fetch('http://127.0.0.1:' + server.address().port + '/fetch')).text();
process.on('SIGUSR2', async () => {
  const sent = { '/get': 0, '/fetch': 0 };
  const end = performance.now() + 2000;
  const send = async (path, how) => { while (performance.now() < end) { sent[path]++; await how(); } };
  await Promise.all(Array.from({ length: 5 }, () => [send('/get', get), send('/fetch', fetched)]).flat());
  await new Promise(resolve => setTimeout(resolve, 300));
  console.log('sent', JSON.stringify({ sent, opened }));
});`;

for (const major of ['20', '22', '26']) {
  const node = nodeBinary(major) ?? '';
  const name = `Node ${major}: each request out is either kept or counted, once, and kept whole`;
  test(name, { skip: node === '' && 'not installed' }, async t => {
    const target = await startTarget(t, senders, { node, env: { NOPS_FLIGHT: '1' } });
    await until(
      async () => (await target.ask('/debug/trace?last=1')).status === 200 || undefined,
      () => 'the flight recorder to begin',
    );
    target.child.kill('SIGUSR2');
    type Counts = Record<'/get' | '/fetch', number>;
    const { sent, opened } = JSON.parse(await target.said('sent')) as { sent: Counts; opened: Counts };
    const trace = await loadTrace((await target.ask('/debug/trace?last=60')).body);
    const { leftOut, names, tasks } = trace;
    const clients = [...trace.clients];
    const told = `${clients.length} of ${JSON.stringify(sent)}, ${JSON.stringify(leftOut)}`;
    t.diagnostic(told);

    assert.equal(trace.end?.lost, 0);
    assert.equal(clients.length + leftOut.requestsOut, sent['/get'] + sent['/fetch'], told);
    assert.ok(
      clients.every(({ end, response, status }) => end > 0 && response > 0 && status === 200),
      told,
    );
    const peers = new Set(clients.map(({ peer }) => peer));
    assert.deepEqual(
      [...peers].map(peer => peer.replace(/\d+$/, 'port')),
      ['127.0.0.1:port'],
    );
    for (const path of ['/get', '/fetch'] as const) {
      const own = clients.filter(({ task }) => names[tasks.name[task] ?? 0] === `GET ${path}`);
      assert.ok(own.length > 0, told);
      // The one after a request that was left out did not open its connection: that would be several times as many.
      const fresh = own.filter(({ reused }) => !reused).length / own.length;
      const really = opened[path] / sent[path];
      assert.ok(fresh < 1.5 * really, `${fresh} of ${path} opened one, really ${really}; ${told}`);
    }
  });
}

const seconds = 2;

/** Serves clients that don't wait, two paths in turns, for a while; then, when that is long over, forty requests one by one. */
const flooded = `import http from 'node:http';
import net from 'node:net';
import { PerformanceObserver } from 'node:perf_hooks';
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
let served = 0;
let collections = 0;
new PerformanceObserver(list => (collections += list.getEntries().length)).observe({ entryTypes: ['gc'] });
const server = http.createServer((request, response) => {
  served++;
  response.end(String(Array.from({ length: 200 }, String).length));
});
server.listen(0, '127.0.0.1', () => console.log('ready'));
const text = path => \`GET \${path} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n\`;
async function send(socket, what, count) {
  const goal = served + count;
  socket.write(what);
  while (served < goal) await sleep(1);
}
process.on('SIGUSR2', async () => {
  const { port } = server.address();
  const socket = net.connect(port, '127.0.0.1').resume();
  const end = performance.now() + ${seconds * 1000};
  while (performance.now() < end) await send(socket, (text('/a') + text('/b')).repeat(200), 400);
  await sleep(2000);
  const many = served;
  for (let i = 0; i < 40; i++) await send(socket, text('/late'), 1);
  await sleep(200);
  console.log('served', many, collections);
});`;

for (const major of ['20', '26']) {
  const node = nodeBinary(major) ?? '';
  const name = `Node ${major}: of more than it may cost a random part is kept, and the rest is counted`;
  test(name, { skip: node === '' && 'not installed' }, async t => {
    const target = await startTarget(t, flooded, {
      node,
      env: { NOPS_FLIGHT: '1' },
      execArgv: ['--max-semi-space-size=1', '--import', agentRegister],
    });
    await until(
      async () => (await target.ask('/debug/trace?last=1')).status === 200 || undefined,
      () => 'the flight recorder to begin',
    );
    target.child.kill('SIGUSR2');
    const [many = 0, collections = 0] = (await target.said('served')).trim().split(' ').map(Number);
    const { body } = await target.ask('/debug/trace?last=60');
    const trace = await loadTrace(body);
    const { tasks, leftOut, names, gc } = trace;
    const kept = (name: string) =>
      [...tasks.kind].filter(
        (kind, task) => taskKinds[kind] === 'http-server' && names[tasks.name[task] ?? 0] === `GET ${name}`,
      ).length;
    const [a, b] = [kept('/a'), kept('/b')];
    const told = `${a} and ${b} of ${many}, ${JSON.stringify(leftOut)}, ${gc.begins.length} of ${collections} collections`;
    t.diagnostic(told);

    assert.equal(trace.end?.lost, 0);
    assert.equal(a + b + leftOut.requestsIn, many, told);
    // A busy machine may leave the flood no time to be one: what is left out then, the tests of each limit tell.
    const isFlood = many / seconds > 3 * flightLimits.in;
    if (isFlood) assert.ok(leftOut.requestsIn > 0, told);
    assert.ok(Math.abs(a - b) < (a + b) / 4, `every second one is not the same: ${told}`);
    assert.equal(kept('/late'), 40, 'where there are few all are kept again');
    assert.deepEqual(
      [...tasks.end.subarray(0, tasks.count)].filter(
        (end, task) => taskKinds[tasks.kind[task] ?? 0] !== 'own' && end === 0,
      ),
      [],
      'each that is kept is kept whole',
    );
    const isStorm = collections / seconds > 3 * flightLimits.collections;
    if (isStorm) assert.ok(leftOut.gcTicks > 0 && gc.begins.length < collections, told);
    assert.ok(gc.begins.length > 0 && leftOut.gcTicks < trace.ticks, told);
    if (!isFlood || !isStorm) return;

    const file = join(temporaryFolder(t), 'flight.json.gz');
    writeFileSync(file, body);
    const asked = await ask(target, ['trace', 'summary', file, '--json']);
    const summary = JSON.parse(asked.stdout) as TraceSummary;
    assert.equal(summary.leftOut.requestsIn, leftOut.requestsIn);
    assert.match(summary.notes.join('\n'), /[\d,]+ more requests in are not in it: the flight recorder keeps/);
    assert.match(summary.notes.join('\n'), /collections were not recorded in [\d.,]+ m?s of it/);
    const printed = (await ask(target, ['trace', 'summary', file])).stdout;
    assert.match(printed, new RegExp(`requests +${formatNumber(a + b + 40)} of ${formatNumber(many + 40)} in, 0 out`));
  });
}
