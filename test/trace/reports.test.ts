/** `nops trace` on a real service: each report in text and as JSON, on the recorded file and on the process. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type {
  TraceBlocking,
  TraceConnections,
  TraceDiff,
  TraceLoop,
  TraceRecorded,
  TraceTask,
  TraceTasks,
  TraceThreads,
} from '@nops/core/protocol/trace-results';
import { columns } from '@nops/core/trace/columns';
import { ask, refused } from '../end-to-end/service.js';
import { nodeBinary } from '../support/nodes.js';
import { startTarget, type Target } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { startTraced } from './service.js';

const reports = [
  'summary',
  'tasks',
  'net',
  'sync',
  'fs',
  'sched',
  'threadpool',
  'loop',
  'gc',
  'connections',
  'threads',
];

let target: Target;
let folder: string;
let file: string;
let recorded: TraceRecorded;

test('reports', async t => {
  // Node 20 tells of a request only when it is sent: then who asked is no longer on the stack.
  const node = nodeBinary('24');
  target = await startTraced(t, node === undefined ? {} : { node });
  folder = temporaryFolder(t);
  file = join(folder, 'trace.json.gz');
  recorded = (await json('-s', '2', '-o', file, String(target.pid))) as TraceRecorded;

  await t.test('recording keeps a file for its owner only, and sums it up', () => {
    assert.equal(recorded.schema, 'nops.trace/1');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(file).size, recorded.bytes);
    assert.equal(recorded.pid, target.pid);
    assert.ok(recorded.seconds > 1.5 && recorded.events > 500 && recorded.requestsIn > 10 && recorded.requestsOut > 5);
    assert.deepEqual([recorded.lost, recorded.damaged, recorded.notes], [0, 0, []]);
    assert.ok(recorded.utilization > 0.1 && recorded.utilization < 1, String(recorded.utilization));
  });

  await t.test('tasks --json has the fixed shape', async () => {
    const { schema, lost, groups } = (await json('tasks', file)) as TraceTasks;
    assert.deepEqual([schema, lost], ['nops.trace.tasks/1', 0]);
    for (const group of groups) {
      assert.ok(['http-server', 'http-client', 'user', 'async'].includes(group.kind), group.kind);
      assert.deepEqual(Object.keys(group.accountMs), [...columns]);
      assert.ok(group.p50Ms <= group.p95Ms && group.p95Ms <= group.p99Ms);
    }
    const names = groups.filter(({ kind }) => kind === 'http-server').map(({ name }) => name);
    for (const name of ['GET /up', 'GET /block', 'GET /zip', 'GET /file/:id'])
      assert.ok(names.includes(name), `${names}`);
    const block = groups.find(({ name, kind }) => name === 'GET /block' && kind === 'http-server');
    assert.ok((block?.accountMs.js ?? 0) > 25, JSON.stringify(block));
    const zip = groups.find(({ name, kind }) => name === 'GET /zip' && kind === 'http-server');
    assert.ok((zip?.accountMs.threadpool ?? 0) > 0.1, JSON.stringify(zip));
  });

  await t.test('work that the app names is a task, with its log, regions and marks', async () => {
    const { groups } = (await json('tasks', file, '--kind', 'user')) as TraceTasks;
    assert.deepEqual(groups.map(({ name }) => name).sort(), ['import', 'refused']);
    const work = groups.find(({ name }) => name === 'import');
    assert.ok((work?.accountMs.timer ?? 0) > 10 && (work?.accountMs.firstByte ?? 0) > 5, JSON.stringify(work));
    const one = (await json('task', String(work?.slowest[0]?.id), file)) as TraceTask;
    assert.equal(one.name, 'import');
    const what = (kind: string) => one.events.filter(event => event.what === kind).map(event => event.text);
    assert.deepEqual([what('log'), what('region')], [['rows: three'], ['parse']]);
    assert.equal(what('request').length, 1);
    const waits = one.events.filter(event => event.what === 'waited');
    const waited = waits.reduce((sum, { ms }) => sum + ms, 0);
    assert.ok(waited <= one.ms + 0.01 && waited > one.ms / 2, `${waited} of ${one.ms}`);
    const refusal = groups.find(({ name }) => name === 'refused')?.slowest[0]?.id;
    assert.equal(((await json('task', String(refusal), file)) as TraceTask).aborted, true);
  });

  await t.test('network waits have their peer, phase and the stack that asked', async () => {
    const { rows, totalMs } = (await json('net', file)) as TraceBlocking;
    const first = rows.find(({ column, stack }) => column === 'firstByte' && stack.includes('askUpstream'));
    assert.match(first?.what ?? '', /^127\.0\.0\.1:\d+$/);
    assert.equal(first?.stackFrom, 'channel');
    assert.ok((first?.maxMs ?? 0) > 8 && totalMs > 0);
  });

  await t.test('blocking reports as profiles', async () => {
    for (const name of ['net', 'sync', 'fs', 'sched', 'threadpool']) {
      const profile = join(folder, `${name}.pb.gz`);
      const { rows } = (await json(name, file, '--pprof', profile)) as TraceBlocking;
      const { sampleTypes, values } = decodeProfile(gunzipSync(readFileSync(profile)));
      assert.deepEqual(
        sampleTypes.map(({ type, unit }) => `${type}/${unit}`),
        ['contentions/count', 'delay/nanoseconds'],
      );
      assert.equal(values.length, 2 * rows.length);
      const told = rows.reduce((sum, row) => sum + row.totalMs, 0);
      const kept = values.reduce((sum, value, index) => sum + (index % 2 === 1 ? value : 0), 0) / 1e6;
      assert.ok(rows.length > 0 && Math.abs(told - kept) < 0.01 * rows.length, `${name}: ${told} ${kept}`);
    }
    const go = spawnSync('go', ['tool', 'pprof', '-top', join(folder, 'net.pb.gz')], { encoding: 'utf8' });
    if (go.error === undefined) assert.match(go.stdout, /Type: delay[\s\S]*\(firstByte\) 127\.0\.0\.1/);
  });

  await t.test(
    'the loop: the longest stall is the one that blocks, and a window of its length has nothing free',
    async () => {
      const { stalls, curve, utilization, phases } = (await json('loop', file)) as TraceLoop;
      assert.ok(
        stalls.slice(0, 3).some(({ task }) => task?.name === 'GET /block'),
        JSON.stringify(stalls),
      );
      assert.ok((stalls[0]?.ms ?? 0) > 25 && utilization > 0);
      assert.ok(
        stalls.some(({ stack }) => stack.includes('blockLoop')),
        stalls.map(({ stack }) => stack).join('\n\n'),
      );
      assert.ok(phases.timersMs > 0 && phases.pollMs > 100, JSON.stringify(phases));
      // What blocks for 30 ms makes some timer late.
      assert.ok((phases.delay?.count ?? 0) > 20 && (phases.delay?.maxMs ?? 0) > 10, JSON.stringify(phases));
      const free = new Map(curve.map(({ windowMs, freeShare }) => [windowMs, freeShare]));
      assert.equal(free.get(10), 0);
      for (const [index, { freeShare }] of curve.entries()) assert.ok(freeShare >= 0 && freeShare <= 1, String(index));
    },
  );

  await t.test('connections are opened once and reused', async () => {
    const { peers } = (await json('connections', file)) as TraceConnections;
    const reused = peers.filter(({ requests }) => requests > 20);
    assert.ok(reused.length > 0);
    for (const { openedPerRequest } of reused) assert.ok((openedPerRequest ?? 1) < 0.2, JSON.stringify(peers));
  });

  await t.test('threads tell how busy they were', async () => {
    const { threads } = (await json('threads', file)) as TraceThreads;
    const main = threads.find(({ tid }) => tid === target.pid);
    assert.equal(main?.role, 'main');
    assert.ok((main?.cpuMs ?? 0) > 100 && (main?.cpuShare ?? 2) < 1, JSON.stringify(main));
    // zlib works there.
    assert.ok(
      threads.some(({ role, cpuMs }) => role === 'libuv' && cpuMs > 1),
      JSON.stringify(threads),
    );
  });

  await t.test('blocking reads and file operations are told by what was called', async () => {
    const sync = (await json('sync', file)) as TraceBlocking;
    const read = sync.rows.find(({ what }) => what === 'readFileSync');
    assert.match(read?.stack ?? '', /^readAgain|\nreadAgain \(/);
    assert.deepEqual([read?.column, read?.stackFrom], ['fs', 'sample']);
    const files = (await json('fs', file)) as TraceBlocking;
    assert.deepEqual(
      files.rows.map(({ what }) => what),
      ['fs/promises'],
    );
    const pool = (await json('threadpool', file)) as TraceBlocking;
    assert.deepEqual(
      pool.rows.map(({ what }) => what),
      ['zlib'],
    );
    const { groups } = (await json('tasks', file)) as TraceTasks;
    const route = groups.find(({ name, kind }) => name === 'GET /file/:id' && kind === 'http-server');
    assert.ok((route?.accountMs.fs ?? 0) > 1, JSON.stringify(route));
  });

  await t.test('two traces compared', async () => {
    const later = join(folder, 'later.json.gz');
    await json(String(target.pid), '-s', '1', '-o', later);
    const diff = (await json('diff', file, later)) as TraceDiff;
    assert.equal(diff.schema, 'nops.trace.diff/1');
    const up = diff.groups.find(({ name, kind }) => name === 'GET /up' && kind === 'http-server');
    assert.ok((up?.before?.count ?? 0) > 0 && (up?.after?.count ?? 0) > 0);
    const same = (await json('diff', file, file)) as TraceDiff;
    assert.ok(same.groups.every(({ totalChangeMs }) => totalChangeMs === 0));
  });

  await t.test('each report as text, without a control character or an undefined', async () => {
    for (const name of [...reports, 'task']) {
      const ended = await ask(target, ['trace', name, ...(name === 'task' ? ['1'] : []), file]);
      assert.deepEqual({ name, code: ended.code, stderr: ended.stderr }, { name, code: 0, stderr: '' });
      assert.match(ended.stdout, new RegExp(`trace\\.json\\.gz: process ${target.pid}, Node `));
      assert.doesNotMatch(ended.stdout, /undefined|NaN|\[object|\x1b/);
    }
  });

  await t.test('several files: one answer for each; a live target stands for a file', async () => {
    const both = await ask(target, ['trace', 'gc', file, file]);
    assert.equal(both.stdout.match(/^== /gm)?.length, 2);
    const live = (await json('tasks', String(target.pid), '-s', '1')) as TraceTasks;
    assert.ok(live.groups.some(({ name }) => name === 'GET /up'));
  });

  await t.test('what is wrong is refused', async () => {
    refused(await ask(target, ['trace', 'tasks', join(folder, 'none.json.gz')]), 2, /there is no file/);
    refused(await ask(target, ['trace', 'task', 'x', file]), 2, /invalid value for "task"/);
    refused(await ask(target, ['trace', 'task', '99999999', file]), 2, /there is no task 99999999/);
    refused(await ask(target, ['trace', 'diff', file]), 2, /diff needs two files/);
    refused(await ask(target, ['trace', 'tasks', file, '--kind', 'own']), 2, /--kind must be one of/);
    refused(await ask(target, ['trace', String(target.pid), '-s', '61']), 2, /from 1 to 60/);
  });
});

async function json(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await ask(target, ['trace', ...args, '--json']);
  assert.deepEqual({ args, code, stderr }, { args, code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('a process in a loop that never ends is busy, and the trace says so', async t => {
  const code = 'function forEver() { for (;;); }\nconsole.log("up"); setTimeout(forEver, 1000);';
  const spinning = await startTarget(t, code);
  const pid = String(spinning.pid);
  await new Promise(resolve => setTimeout(resolve, 1500));
  const args = ['trace', pid, '-s', '1', '--hz', '1000', '-o', '/dev/null', '--json'];
  const { stdout } = await ask(spinning, args);
  const { utilization, notes } = JSON.parse(stdout) as TraceRecorded;
  assert.ok(utilization > 0.5, String(utilization));
  assert.match(
    notes.join('\n'),
    /^no callback began in it: one that had begun before ran all the time; nops stack shows which$/m,
  );
  refused(await ask(spinning, ['gc', pid]), 5, new RegExp(`next: See what it waits for: nops stack ${pid}$`, 'm'));
});
