/** The flight recorder: the last seconds of a process that was started with it, at once, without a recording. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { TraceRecorded, TraceTasks } from '@nops/core/protocol/trace-results';
import { ticksPerMs } from '@nops/core/trace/format';
import { taskKinds } from '@nops/core/trace/model';
import { loadTrace } from 'nops/dist/trace/load.js';
import { ask, refused } from '../end-to-end/service.js';
import { nodeBinary } from '../support/nodes.js';
import { agentEntry, startTarget, until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { startTraced } from './service.js';

test('the last seconds of a process that keeps them', async t => {
  const node = nodeBinary('26') ?? process.execPath;
  const target = await startTraced(t, {
    node,
    env: { NOPS_FLIGHT: '1', NOPS_PROFILE: 'warm', NOPS_PROFILE_BUDGET: '100' },
  });
  await sleep(3500);

  await t.test('the endpoint answers at once, with what was asked for and little more', async () => {
    const began = performance.now();
    const { status, body } = await target.ask('/debug/pprof/trace?last=2');
    const waited = performance.now() - began;
    assert.equal(status, 200);
    const trace = await loadTrace(body);
    const lengthMs = trace.ticks / ticksPerMs;
    assert.equal(trace.header.mode, 'flight');
    assert.ok(lengthMs > 1000 && lengthMs < 3000 + waited, `${lengthMs} ms`);
    assert.ok(Math.abs(trace.header.startedAtMs + lengthMs - Date.now()) < 1000 + waited, 'it ends now');
    assert.ok(trace.clients.count > 10 && [...trace.clients].every(({ begin }) => begin <= trace.ticks));
    assert.ok(
      [...trace.clients].filter(({ peer }) => /^127\.0\.0\.1:\d+$/.test(peer)).length > 10,
      'texts from before are there',
    );
    assert.ok(trace.late.length > 0, 'blocking the loop for 30 ms makes its timer late');
    assert.ok(trace.samples.ticks.length > 20, `${trace.samples.ticks.length} CPU samples`);
    assert.ok(trace.gc.begins.every(begin => begin <= trace.ticks));
  });

  await t.test('nops trace --last keeps a file, and says that callbacks are not in it', async () => {
    const file = join(temporaryFolder(t), 'past.json.gz');
    const kept = await ask(target, ['trace', String(target.pid), '--last', '3s', '-o', file, '--json']);
    assert.equal(kept.stderr, '');
    const recorded = JSON.parse(kept.stdout) as TraceRecorded;
    assert.match(recorded.notes.join(), /flight recorder: callbacks are not in it/);
    assert.ok(
      recorded.requestsIn > 20 && recorded.utilization > 0.05 && recorded.utilization < 1,
      JSON.stringify(recorded),
    );
    const tasks = JSON.parse((await ask(target, ['trace', 'tasks', file, '--json'])).stdout) as TraceTasks;
    const up = tasks.groups.find(({ name, kind }) => name === 'GET /up' && kind === 'http-client');
    assert.ok((up?.count ?? 0) > 3 && (up?.accountMs.firstByte ?? 0) > 5, JSON.stringify(up));
  });

  await t.test('a recording of now at the same time', async () => {
    const { status, body } = await target.ask('/debug/trace?seconds=1');
    assert.equal(status, 200);
    assert.equal((await loadTrace(body)).header.mode, 'full');
    assert.equal((await target.ask('/debug/trace?last=1')).status, 200);
  });

  await t.test('what is wrong is refused', async () => {
    refused(await ask(target, ['trace', String(target.pid), '--last', '3s', '-s', '1']), 2, /leave out --seconds/);
    refused(await ask(target, ['trace', String(target.pid), '--last', '61']), 2, /from 1 to 60/);
    assert.equal((await target.ask('/debug/trace?last=1&seconds=1')).status, 400);
  });
});

test('of more records than other viewers are shown, the file has all, and says which are shown', async t => {
  const perBurst = 100_000;
  // Less than the ring holds at once; the agent's thread comes round twice a second.
  const chatty = `import http from 'node:http';
import { log } from ${JSON.stringify(agentEntry)};
const server = http.createServer((request, response) => response.end()).listen(0, '127.0.0.1');
const ask = () => new Promise(done => http.get(server.address(), r => r.resume().on('end', done)));
process.on('SIGUSR2', async () => {
  for (let burst = 0; burst < 5; burst++) {
    await ask();
    for (let i = 0; i < ${perBurst}; i++) log('burst', 'line');
    await ask();
    await new Promise(resolve => setTimeout(resolve, 1100));
  }
  console.log('told');
});`;
  const target = await startTarget(t, chatty, { env: { NOPS_FLIGHT: '1' } });
  await until(
    async () => (await target.ask('/debug/trace?last=1')).status === 200 || undefined,
    () => 'the flight recorder to begin',
  );
  target.child.kill('SIGUSR2');
  await target.said('told');
  const { status, body } = await target.ask('/debug/trace?last=60');
  assert.equal(status, 200);
  const trace = await loadTrace(body);
  assert.ok(trace.events > 5 * perBurst && trace.end?.lost === 0, `${trace.events} events, ${trace.end?.lost} lost`);
  assert.match(trace.end?.notes.join() ?? '', /^other viewers are shown the requests of its last \d+\.\d s$/);
  const { traceEvents } = JSON.parse(gunzipSync(body).toString()) as { traceEvents: { ph: string; cat?: string }[] };
  const shown = traceEvents.filter(({ ph, cat }) => ph === 'b' && cat === 'nops.request-in').length;
  const tasks = [...trace.tasks.kind].filter(kind => taskKinds[kind] === 'http-server').length;
  assert.ok(shown >= 2 && shown < tasks && tasks === 10, `${shown} of ${tasks} requests are shown`);
});

test('a process without it says how to have it', async t => {
  const target = await startTraced(t);
  refused(
    await ask(target, ['trace', String(target.pid), '--last', '5s']),
    6,
    /flight recorder is off[\s\S]*NOPS_FLIGHT=1/,
  );
});

test('a process without an agent is told what would have kept its past, not to attach one', async t => {
  const target = await startTarget(t, 'setInterval(() => {}, 1000);', { execArgv: [], noSocket: true });
  refused(
    await ask(target, ['trace', String(target.pid), '--last', '5s']),
    6,
    /no agent answers[\s\S]*next: It is kept from the start of a process on: NOPS_FLIGHT=1 .*without --last$/m,
  );
});
