/** What `nops detach` leaves of an attached agent: nothing. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DetachResult } from '@nops/core/protocol/results';
import { filesOf, type Inspected, startInspected, threadsAndFds } from '../support/inspected.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { type Answer, agentEntry, agentRegister, ask, startTarget, until } from '../support/target.js';

const detach = '/debug/nops/detach';
const serve = `const server = require('node:http').createServer((q, r) => r.end('hello')).listen(0, () => require('node:fs').writeSync(1, 'up ' + server.address().port + '\\n'));`;

/**
 * As the last thing, and not by console.log: the inspector may interrupt a program in the middle of it, when what follows is not there yet
 * and the stream has a listener for the moment.
 */
const saysUp = `require('node:fs').writeSync(1, 'up\\n');`;

/** What an app could notice of an agent, from within. */
const look = `({
  events: process.eventNames().map(name => [String(name), process.listenerCount(name)]).sort(),
  resources: process.getActiveResourcesInfo().sort(),
  handles: process._getActiveHandles().map(handle => handle.constructor.name).sort(),
  symbols: Object.getOwnPropertySymbols(globalThis).map(String).sort(),
  names: Object.getOwnPropertyNames(globalThis).sort(),
  subscribed: ['http.client.request.start', 'http.server.request.start', 'http.server.response.finish', 'undici:client:connected', 'worker_threads']
    .filter(name => process.getBuiltinModule('node:diagnostics_channel').hasSubscribers(name)),
  stdio: [process.stdout, process.stderr].map(stream => stream.eventNames().map(name => [String(name), stream.listenerCount(name)])),
})`;

async function everything(target: Inspected) {
  return { within: await target.evaluate(look), ...threadsAndFds(target.pid), files: filesOf(target) };
}

/** Looks until it is as before: threads and handles end a moment after the answer. */
async function assertNothingLeft(target: Inspected, before: unknown, withinMs = 5000): Promise<void> {
  let now: unknown;
  const isSame = async () => {
    now = await everything(target);
    try {
      assert.deepEqual(now, before);
      return true;
    } catch {
      return undefined;
    }
  };
  await until(isSame, () => 'nothing to be left', withinMs).catch(() => assert.deepEqual(now, before));
}

/** On a connection that has gone, also from there, when this resolves: one that is kept would end in the middle of what is compared. */
async function hello(target: Inspected, port: string): Promise<string> {
  const { text } = await ask({ host: '127.0.0.1', port: Number(port), path: '/' });
  const sockets = async () => String(await target.evaluate('process.getActiveResourcesInfo().join()'));
  await until(
    async () => !(await sockets()).includes('TCPSocketWrap') || undefined,
    () => 'its connection to end',
  );
  return text;
}

function detached(answer: Answer): DetachResult {
  return answer.json() as unknown as DetachResult;
}

for (const major of nodeVersions) {
  const node = nodeBinary(major);
  const skip = node === undefined && `no Node ${major}`;

  test(`Node ${major}: nothing is left, and it can be attached again`, { skip }, async t => {
    const target = await startInspected(t, serve, { type: 'cjs', node: node ?? '' });
    const port = await target.said('up');
    await hello(target, port);
    await target.evaluate(look);
    const before = await everything(target);
    for (let round = 0; round < 2; round++) {
      assert.equal((await target.attached()).already, false);
      // Some are under way when it is detached.
      const cut = [
        'nops/stats?seconds=60',
        'pprof/profile?seconds=60',
        'pprof/heap?seconds=60',
        'nops/pools?seconds=60',
      ]
        .map(path => target.ask(`/debug/${path}`))
        .map(asked =>
          asked.then(
            ({ status }) => status,
            () => 'cut',
          ),
        );
      assert.equal((await target.ask('/debug/nops/stats')).status, 200);
      const answer = await target.ask(detach, { body: '' });
      assert.equal(answer.status, 200, answer.text);
      const { mainThread, attached, notes } = detached(answer);
      assert.deepEqual({ mainThread, attached }, { mainThread: 'left', attached: true });
      // On a busy machine its thread may have yet to end.
      for (const note of notes) assert.match(note, /this goes too: the agent’s own thread$/);
      assert.deepEqual(filesOf(target), []);
      for (const status of await Promise.all(cut)) assert.notEqual(status, 200);
      await assertNothingLeft(target, before);
    }
    assert.equal(await hello(target, port), 'hello');
    assert.doesNotMatch(target.output().stderr, /nops|Warning/i);
    assert.equal(target.child.exitCode, null);
  });

  test(`Node ${major}: detached from a loop that never ends`, { skip }, async t => {
    const code = `setInterval(() => {}, 1000);
globalThis.flag = new Int32Array(new SharedArrayBuffer(4));
globalThis.spin = () => { console.log('spinning'); while (Atomics.load(flag, 0) === 0); console.log('free'); };
${saysUp}`;
    const target = await startInspected(t, code, { type: 'cjs', node: node ?? '' });
    await target.said('up');
    await target.evaluate(look);
    const before = await everything(target);
    await target.evaluate('void setTimeout(spin, 1)');
    await target.said('spinning');
    await target.attached();
    assert.equal((await target.ask('/debug/nops/stats')).status, 200);
    const answer = await target.ask(detach, { body: '' });
    assert.equal(detached(answer).mainThread, 'left');
    assert.deepEqual(filesOf(target), []);
    await until(
      () => threadsAndFds(target.pid).threads.length === before.threads.length || undefined,
      () => 'its thread to end while the main thread spins',
    );
    assert.deepEqual(threadsAndFds(target.pid).fds, before.fds);
    await target.evaluate('Atomics.store(flag, 0, 1)');
    await target.said('free');
    await assertNothingLeft(target, before);
  });
}

test('while the main thread is stuck in a system call, all but its own part goes; it can be attached again at once', async t => {
  const code = `const fs = require('node:fs');
require('node:child_process').execFileSync('mkfifo', [process.env.FIFO]);
const fd = fs.openSync(process.env.FIFO, fs.constants.O_RDWR);
setInterval(() => {}, 1000);
globalThis.block = () => { console.log('stuck'); fs.readSync(fd, Buffer.alloc(10)); console.log('free'); };
${saysUp}`;
  const fifo = join(process.env['TMPDIR'] ?? '/tmp', `nops-detach-${process.pid}.fifo`);
  t.after(() => execFileSync('rm', ['-f', fifo]));
  const target = await startInspected(t, code, { type: 'cjs', env: { FIFO: fifo } });
  await target.said('up');
  await target.evaluate(look);
  const before = await everything(target);
  await target.attached();
  await target.evaluate('void setTimeout(block, 50)');
  await target.said('stuck');
  const answer = await target.ask(detach, { body: '' });
  const { mainThread, notes } = detached(answer);
  assert.equal(mainThread, 'later');
  assert.match(notes.join(), /in read on fd .* once it has let go of the inspector/);
  assert.deepEqual(filesOf(target), []);
  await until(
    () => threadsAndFds(target.pid).threads.length === before.threads.length || undefined,
    () => 'its thread to end while the main thread is stuck',
  );
  const again = target.attached();
  execFileSync('sh', ['-c', `echo go > ${fifo}`]);
  await target.said('free');
  assert.equal((await again).already, false, 'evaluated first of all, before what is left was taken away');
  assert.equal((await target.ask('/debug/nops/stats')).status, 200);
  await target.ask(detach, { body: '' });
  await assertNothingLeft(target, before);
});

test('an agent that the app loaded is not detached, unless by force', async t => {
  const target = await startTarget(t, 'setInterval(() => {}, 1000)', { execArgv: ['--import', agentRegister] });
  const refused = await target.ask(detach, { body: '' });
  assert.equal(refused.status, 501);
  assert.match(refused.text, /impossible.*force=1/);
  assert.equal((await target.ask(detach)).status, 405);
  assert.equal((await target.ask('/debug/nops/stats')).status, 200);
  const forced = await target.ask(`${detach}?force=1`, { body: '' });
  assert.deepEqual([forced.status, detached(forced).attached], [200, false]);
  assert.deepEqual(filesOf(target), []);
  assert.equal(target.output().stderr, '');
});

test('an app that had started the agent can start it again after it was detached', async t => {
  const code = `import { start } from ${JSON.stringify(agentEntry)};
const first = start();
await first.ready;
console.log('up');
process.on('SIGUSR2', async () => {
  const second = start(); await second.ready;
  console.log('second', second !== first, first.failure, second.failure);
  await first.close();
  console.log('closed', globalThis[Symbol.for('nops.agent')]?.agent === second);
});
setInterval(() => {}, 1000);`;
  const target = await startTarget(t, code, { execArgv: [] });
  await target.said('up');
  await target.ask(`${detach}?force=1`, { body: '' });
  target.child.kill('SIGUSR2');
  assert.equal(await target.said('second'), 'true it has been detached undefined');
  assert.equal(await target.said('closed'), 'true');
  assert.equal((await target.ask('/debug/nops/info')).status, 200);
});

test('20 times attached and detached: as many threads and descriptors as before', async t => {
  const target = await startInspected(t, serve, { type: 'cjs' });
  await target.said('up');
  await target.evaluate(look);
  const before = await everything(target);
  const rss: number[] = [];
  for (let round = 0; round < 20; round++) {
    assert.equal((await target.attached()).already, false);
    assert.equal((await target.ask('/debug/nops/pulse')).status, 200);
    assert.equal((await target.ask(detach, { body: '' })).status, 200);
    rss.push(Math.round(Number(await target.evaluate('process.memoryUsage.rss()')) / 1e6));
  }
  await assertNothingLeft(target, before);
  t.diagnostic(`RSS after each round, MB: ${rss.join(' ')}`);
});

test('leased, it goes with the last who holds it; with stay it stays; shared, it is detached only by the last', async t => {
  const target = await startInspected(t, serve, { type: 'cjs' });
  await target.said('up');
  await target.evaluate(look);
  const before = await everything(target);
  const lease = '/debug/nops/lease';
  const hold = () => {
    const held = request({
      socketPath: target.socketPath(),
      path: lease,
      method: 'POST',
      headers: { host: 'localhost' },
    });
    held.on('error', () => {}).end();
    return held;
  };
  const attachLeased = async () => {
    assert.equal((await target.attach({ leased: true })).already, false);
    await until(
      () => filesOf(target).find(file => file.endsWith('.json')),
      () => 'the announcement',
    );
  };
  await attachLeased();
  const [first, second] = [hold(), hold()];
  await until(
    async () => (await target.ask(`${detach}?shared=1`, { body: '' })).text.includes('"kept":true') || undefined,
    () => 'both to hold it',
  );
  first.destroy();
  assert.equal((await target.ask('/debug/nops/stats')).status, 200);
  second.destroy();
  await assertNothingLeft(target, before);

  await attachLeased(); // and nobody holds it
  await assertNothingLeft(target, before, 10_000);

  await attachLeased();
  const held = hold();
  assert.equal((await target.ask(`${lease}?stay=1`, { body: '' })).text.includes('"leased":false'), true);
  held.destroy();
  await sleep(200);
  assert.equal((await target.ask('/debug/nops/stats')).status, 200);
  const announced = filesOf(target).find(file => file.endsWith('.json')) ?? '';
  assert.doesNotMatch(readFileSync(join(target.folder, announced), 'utf8'), /leased/);
  assert.equal(detached(await target.ask(`${detach}?shared=1`, { body: '' })).kept, undefined);
  await assertNothingLeft(target, before);
});
