/** What the real `nops` tells of and does to real processes with the agent in them. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { topEntries } from '@nops/core/profile/top';
import type {
  CpuResult,
  FdsResult,
  InfoResult,
  ListResult,
  PoolsResult,
  SetResult,
  SocketsResult,
  StackResult,
  StatsResult,
  TunablesResult,
} from '@nops/core/protocol/results';
import { makeFifo, stuckReader } from '../support/fifo.js';
import { nodeBinary } from '../support/nodes.js';
import { recordingUnderWay } from '../support/recording-under-way.js';
import { agentEntry, agentRegister, startTarget, type Target, until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { ask, json, refused, startService } from './service.js';

test('every command answers with its schema, the pid, and the way it got the answer', async t => {
  const target = await startService(t);
  const pid = String(target.pid);
  const head = ({ schema, pid: of, way }: { schema: string; pid: number; way: string }) => `${schema} ${of} ${way}`;

  const info = await json<InfoResult>(target, 'info', pid);
  assert.equal(head(info), `nops.info/1 ${pid} agent`);
  assert.deepEqual([info.node, info.socketPath, info.url], [process.versions.node, target.socketPath(), null]);

  const stats = await json<StatsResult>(target, 'stats', pid);
  assert.equal(head(stats), `nops.stats/1 ${pid} agent`);
  assert.ok((stats.requests?.in.finishedPerSec ?? 0) > 0 && (stats.heap?.usedBytes ?? 0) > 0);

  const stack = await json<StackResult>(target, 'stack', pid);
  assert.equal(head(stack), `nops.stack/1 ${pid} agent`);
  assert.ok(
    stack.pending?.handles.some(({ type }) => /server/i.test(type)),
    JSON.stringify(stack.pending),
  );

  const sockets = await json<SocketsResult>(target, 'sockets', pid);
  assert.equal(head(sockets), `nops.sockets/1 ${pid} beside`);
  assert.ok(sockets.listeners.some(({ local }) => local === `127.0.0.1:${target.port}`));

  const fds = await json<FdsResult>(target, 'fds', pid);
  assert.equal(head(fds), `nops.fds/1 ${pid} beside`);
  assert.equal(fds.fds.length, fds.open);

  const pools = await json<PoolsResult>(target, 'pools', pid);
  assert.equal(head(pools), `nops.pools/1 ${pid} agent`);
  const pool = pools.pools.find(({ peers }) => peers.some(({ peer }) => peer === `127.0.0.1:${target.port}`));
  assert.deepEqual([pool?.kind, pool?.settings.maxFreeSockets], ['http', 1]);
  assert.equal(
    (await json<PoolsResult>(target, 'pools', pid)).pools.some(({ name }) => name === pool?.name),
    true,
  );

  const tunables = await json<TunablesResult>(target, 'set', pid);
  assert.equal(head(tunables), `nops.tunables/1 ${pid} agent`);
  assert.ok(tunables.tunables.some(({ name }) => name === `${pool?.name}.maxFreeSockets`));

  const list = await json<ListResult>(target, 'list');
  assert.equal(list.schema, 'nops.list/1');
  assert.equal(list.processes.find(listed => listed.pid === target.pid)?.agent, true);
});

/** What can be set now, by name. */
async function settings(target: Target): Promise<Map<string, unknown>> {
  const { tunables } = await json<TunablesResult>(target, 'set', String(target.pid));
  return new Map(tunables.map(({ name, value }) => [name, value]));
}

/** Its setting's name. A list of settings alone sees a pool when a request is under way just then; `pools` watches for a second. */
async function knownPool(target: Target): Promise<string> {
  await json<PoolsResult>(target, 'pools', String(target.pid));
  const name = [...(await settings(target)).keys()].find(key => /^http-\d+\.maxFreeSockets$/.test(key));
  return name ?? assert.fail('the pool is not known');
}

test('set changes a pool, a server and the app’s own setting, and tells and logs old and new', async t => {
  const target = await startService(t);
  const pid = String(target.pid);
  const found = await knownPool(target);
  const server = [...(await settings(target)).keys()].find(name => name.endsWith('.keepAliveTimeout')) ?? '';
  const result = await json<SetResult>(target, 'set', pid, `${found}=256`, `${server}=7000`, 'app.limit=2.5');
  assert.deepEqual([result.schema, result.pid, result.way], ['nops.set/1', target.pid, 'agent']);
  assert.deepEqual(result.changes, [
    { name: found, old: 1, new: 256 },
    { name: server, old: 5000, new: 7000 },
    { name: 'app.limit', old: 1, new: 2.5 },
  ]);
  const now = await settings(target);
  assert.deepEqual([now.get(found), now.get(server), now.get('app.limit')], [256, 7000, 2.5]);
  const pools = await json<PoolsResult>(target, 'pools', pid);
  assert.equal(pools.pools.find(({ name }) => `${name}.maxFreeSockets` === found)?.settings.maxFreeSockets, 256);

  const text = (await ask(target, ['set', pid, `${found}=unlimited`])).stdout;
  assert.match(text, new RegExp(`^${found}: 256 → (null|unlimited)$`, 'm'));
  await until(
    () => (target.output().stderr.includes(`set ${found}: 256 → null`) ? true : undefined),
    () => `the change in the target's log; ${target.output().stderr}`,
  );
  assert.match(target.output().stderr, new RegExp(`set ${found}: 1 → 256`));
  const { log } = await json<TunablesResult>(target, 'set', pid);
  assert.deepEqual(
    log.map(({ name, old, new: value }) => [name, old, value]),
    [
      [found, 1, 256],
      [server, 5000, 7000],
      ['app.limit', 1, 2.5],
      [found, 256, null],
    ],
  );
});

test('set refuses unknown names and bad values with exit 2, and then nothing is changed', async t => {
  const target = await startService(t);
  const pid = String(target.pid);
  const pool = await knownPool(target);
  const before = await settings(target);
  for (const [assignment, message] of [
    ['nothing.maxSockets=5', /there is no tunable "nothing\.maxSockets"; nothing was changed/],
    [pool.replace('maxFreeSockets', 'maxFreeSocket=5'), /there is no tunable .*[\s\S]*maxFreeSockets/],
    [`${pool}=-1`, /invalid value for .*: -1 .*nothing was changed/],
    [`${pool}=1.5`, /invalid value/],
    [`${pool}=many`, /invalid value/],
    [`${pool}=`, /invalid value/],
    [pool.replace('maxFreeSockets', 'keepAlive=1'), /must be true or false/],
    ['app.limit=words', /app\.limit refused the value: a number, please; nothing was changed/],
  ] as const) {
    refused(await ask(target, ['set', pid, assignment]), 2, message);
    // A good change before a bad one is not made either.
    if (!assignment.startsWith('app.')) refused(await ask(target, ['set', pid, `${pool}=77`, assignment]), 2, message);
  }
  assert.deepEqual(await settings(target), before);
  assert.deepEqual((await json<TunablesResult>(target, 'set', pid)).log, []);
  assert.doesNotMatch(target.output().stderr, /set /);
});

test('cpu writes a profile for its owner only, whose functions and totals are those it tells', async t => {
  const target = await startService(t);
  const folder = temporaryFolder(t);
  const file = join(folder, 'cpu.pb.gz');
  const result = await json<CpuResult>(target, 'cpu', String(target.pid), '-s', '1', '-o', file);
  assert.deepEqual(
    [result.schema, result.pid, result.way, result.file, result.seconds],
    ['nops.cpu/1', target.pid, 'agent', file, 1],
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), [basename(file)]);
  const { entries, total, samples } = topEntries(decodeProfile(gunzipSync(readFileSync(file))), { limit: 500 });
  assert.deepEqual([result.top, result.totalNanos, result.samples], [entries, total, samples]);
  const burn = entries.find(entry => entry.function === 'burn');
  assert.match(burn?.file ?? '', /app\.mjs$/);
  assert.ok((burn?.cum ?? 0) > 0);
  assert.match(
    (await ask(target, ['cpu', String(target.pid), '-s', '1', '-o', file])).stdout,
    / burn +\S*app\.mjs:\d+/,
  );
});

test('Ctrl-C in the middle of a profile: it ends early with what there is', async t => {
  const target = await startService(t);
  const { child, folder, ended, output } = await recordingUnderWay(t, target, 'cpu', 'cpu.pb.gz');
  child.kill('SIGINT');
  assert.deepEqual(await ended, [0, null], output());
  assert.match(output(), /Ctrl-C again discards it/);
  assert.match(output(), /partial: ended early/);
  const { durationNanos, functionNames } = decodeProfile(gunzipSync(readFileSync(join(folder, 'cpu.pb.gz'))));
  assert.ok(durationNanos > 0 && durationNanos < 30e9);
  assert.ok(functionNames.includes('burn'));
});

for (const [what, signals, how] of [
  ['Ctrl-C twice', ['SIGINT', 'SIGINT'], [null, 'SIGINT']],
  ['SIGTERM', ['SIGTERM'], [143, null]],
] as const) {
  test(`${what} in the middle of a profile: it ends, no file, and the target goes on`, async t => {
    const target = await startService(t);
    const { child, folder, ended, output } = await recordingUnderWay(t, target, 'cpu', 'cpu.pb.gz');
    // Stopped, it can't answer the first Ctrl-C before the second comes.
    if (signals.length > 1) target.child.kill('SIGSTOP');
    child.kill(signals[0]);
    if (signals.length > 1) {
      await until(
        () => /Ctrl-C again/.test(output()) || undefined,
        () => `the first to be taken; ${output()}`,
      );
      child.kill('SIGINT');
    }
    assert.deepEqual(await ended, how);
    target.child.kill('SIGCONT');
    assert.deepEqual(readdirSync(folder), []);
    // Its sampling is over, or a profile at another rate would have to join it.
    const file = join(folder, 'next.pb.gz');
    await json<CpuResult>(target, 'cpu', String(target.pid), '-s', '1', '--hz', '500', '-o', file);
    const { comments } = decodeProfile(gunzipSync(readFileSync(file)));
    assert.deepEqual(
      comments.filter(comment => comment.includes('instead of')),
      [],
    );
  });
}

test('stuck in read(2): stack tells the call, fd and path; what needs its JavaScript says so and exits 5', async t => {
  const fifo = makeFifo(t);
  const target = await startTarget(t, stuckReader(fifo));
  const fd = Number(await target.said('stuck'));
  const pid = String(target.pid);
  const { way, threads, pending, pausedMicros } = await json<StackResult>(target, 'stack', pid);
  assert.equal(pausedMicros, 0, 'it is read from memory, not by an interrupt');
  const main = threads.find(thread => thread.role === 'main');
  assert.deepEqual(
    [way, main?.syscall?.name, main?.syscall?.fd, main?.syscall?.target, main?.accuracy, pending],
    ['agent', 'read', fd, { kind: 'fifo', path: fifo }, 'exact', null],
  );
  const text = await ask(target, ['stack', pid]);
  assert.equal(text.code, 0);
  assert.match(text.stdout, new RegExp(`^main thread ${pid} .*: read fd ${fd} ${fifo} \\[exact\\]$`, 'm'));
  assert.match(text.stdout, /readSync .*\n .*app\.mjs:\d+:\d+$/m);
  for (const command of [['pools'], ['set'], ['cpu', '-s', '1', '-o', '/dev/null']])
    refused(await ask(target, [...command, pid]), 5, new RegExp(`in read on fd ${fd} \\(.*stalled\\.fifo\\)`));
});

test('while JavaScript runs in circles: stack has its frames, cpu its function', async t => {
  const code = `function outer() { inner(); }
function inner() { for (let x = 0; ; x++) Math.sqrt(x); }
setTimeout(() => { console.log('spinning'); outer(); }, 300);`;
  const target = await startTarget(t, code);
  await target.said('spinning');
  const pid = String(target.pid);
  const { threads, pausedMicros } = await json<StackResult>(target, 'stack', pid);
  const main = threads.find(thread => thread.role === 'main');
  assert.deepEqual([main?.state, main?.accuracy], ['running', 'exact']);
  assert.deepEqual(
    main?.frames.slice(0, 2).map(frame => `${frame.function}:${frame.line}`),
    ['inner:2', 'outer:1'],
  );
  assert.ok(pausedMicros > 0);
  const text = (await ask(target, ['stack', pid])).stdout;
  assert.match(text, /inner[\s\S]*app\.mjs:2[\s\S]*outer[\s\S]*app\.mjs:1/);
  assert.match(text, /paused for \d+ µs/);
  // V8 tells the caller of a loop that it optimized before: the answer must not leave it at that. It tells the loop if that was meanwhile.
  const file = join(temporaryFolder(t), 'cpu.pb.gz');
  const { top, notes } = await json<CpuResult>(target, 'cpu', pid, '-s', '1', '-o', file);
  if (!/nops stack shows where it really is/.test(notes.join())) assert.equal(top[0]?.function, 'inner', notes.join());
});

test('while JavaScript that V8 does not optimize runs in circles: cpu has its function', async t => {
  const code = `function inner() { for (let x = 0; ; x++) Math.sqrt(x); }
setTimeout(() => { console.log('spinning'); inner(); }, 300);`;
  const execArgv = ['--no-opt', '--no-sparkplug', '--no-maglev', '--import', agentRegister];
  // On Node 20 V8 has inner in half of its samples: test/agent/loop-blame.test.ts.
  const target = await startTarget(t, code, { execArgv, node: nodeBinary('26') ?? process.execPath });
  await target.said('spinning');
  const file = join(temporaryFolder(t), 'cpu.pb.gz');
  const { top } = await json<CpuResult>(target, 'cpu', String(target.pid), '-s', '1', '-o', file);
  assert.equal(top[0]?.function, 'inner');
});

test('without an agent, or once it was closed: exit 6 and how to get one', async t => {
  const closing = `const { start } = await import(${JSON.stringify(agentEntry)});
    const agent = start(); await agent.ready; await agent.close(); console.log('closed'); setInterval(() => {}, 1000);`;
  for (const code of [closing, `console.log('closed'); setInterval(() => {}, 1000);`]) {
    const target = await startTarget(t, code, { execArgv: [], noSocket: true });
    await target.said('closed');
    for (const command of ['pools', 'set', 'cpu']) {
      const ended = await ask(target, [command, String(target.pid)], { NOPS_ATTACH: '0' });
      refused(ended, 6, /no agent answers[\s\S]*node --import @nops\/agent\/register/);
    }
    assert.equal((await json<StackResult>(target, 'stack', String(target.pid))).way, 'beside');
  }
});
