/** After a trace nothing of it is left in the process: no hook, no subscriber, whether it ended, its client left, or the agent was closed. */

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { agentRegister, ask, startTarget, type Target, until } from '../support/target.js';
import { leaveAfter, leaveWhen } from './service.js';

/** Tells what is hooked: Node's own counts of async_hooks (async_wrap's fields kInit, kBefore, kAfter), and subscribers of a channel. */
const app = `import http from 'node:http';
import { hasSubscribers } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
const { internalBinding } = createRequire(import.meta.url)('internal/test/binding');
const { async_hook_fields: fields } = internalBinding('async_wrap');
const server = http.createServer((request, response) => {
  const hooked = [fields[0], fields[1], fields[2]];
  response.end(JSON.stringify({ hooked, subscribed: hasSubscribers('http.server.request.start') }));
}).listen(0, '127.0.0.1', () => console.log('port', server.address().port));`;

interface State {
  hooked: number[];
  subscribed: boolean;
}

const clean: State = { hooked: [0, 0, 0], subscribed: false };

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`nothing of a trace is left, Node ${version}`, { skip: node === undefined && 'not installed' }, async t => {
    const target = await startTarget(t, app, {
      node: node ?? '',
      execArgv: ['--expose-internals', '--import', agentRegister],
    });
    const port = Number(await target.said('port'));
    const state = async () => (await ask({ host: '127.0.0.1', port, path: '/' })).json() as unknown as State;
    assert.deepEqual(await state(), clean, 'before');

    const whole = target.ask('/debug/trace?seconds=1');
    await recording(state);
    assert.equal((await whole).status, 200);
    assert.deepEqual(await state(), clean, 'after one that ended');

    const left = leaveAfter(target, 600);
    await recording(state);
    await left;
    await becomes(state, clean);

    // The client has gone before there is a first byte.
    for (let i = 0; i < 5; i++) await leaveAtOnce(target, i * 5);
    await becomes(state, clean);
    await until(
      async () => (await target.ask('/debug/trace?seconds=1')).status === 200 || undefined,
      () => 'the next one to be able to record',
    );
  });
}

function recording(state: () => Promise<State>): Promise<void> {
  return becomes(state, { hooked: [1, 1, 1], subscribed: true });
}

async function becomes(state: () => Promise<State>, wanted: State): Promise<void> {
  let last: State | undefined;
  await until(
    async () => {
      last = await state();
      return JSON.stringify(last) === JSON.stringify(wanted) || undefined;
    },
    () => `${JSON.stringify(wanted)}; it is ${JSON.stringify(last)}`,
  );
}

async function leaveAtOnce(target: Target, ms: number): Promise<void> {
  const asked = target.ask('/debug/trace?seconds=60', { timeout: Math.max(1, ms) });
  await asked.catch(() => {});
}

/** Says how many listen to the end of a connection that clients keep, and of one that the app itself keeps to an upstream. */
const keeping = `import http from 'node:http';
process.on('warning', warning => console.log('warned', warning.message));
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const upstream = http.createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1', () => {
  const server = http.createServer((request, response) => {
    const { socket } = request;
    http.get({ host: '127.0.0.1', port: upstream.address().port, agent }, answer => {
      const kept = answer.socket;
      answer.resume().on('end', () => setImmediate(() => {
        const counts = [socket, kept].map(each => each.listenerCount('close'));
        response.end(JSON.stringify({ counts, seen: answer.socket === kept }));
      }));
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));
});`;

test('connections that outlive many traces keep no listener of any', async t => {
  const target = await startTarget(t, keeping, { execArgv: ['--import', agentRegister] });
  const port = Number(await target.said('port'));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const counts = async () =>
    ((await ask({ host: '127.0.0.1', port, path: '/', agent })).json() as unknown as { counts: number[] }).counts;
  await counts();
  const before = await counts();
  let last = before;
  const become = (what: string, isSo: (count: number, at: number) => boolean) =>
    until(
      async () => {
        last = await counts();
        return last.every(isSo) || undefined;
      },
      () => `${what}: ${last}, before ${before}`,
    );
  // Node warns at the eleventh listener.
  for (let i = 0; i < 12; i++) {
    await leaveWhen(target, () =>
      become('more listeners on both, while it records', (count, at) => count > (before[at] ?? 0)),
    );
    await become('as many listeners as before', (count, at) => count === before[at]);
  }
  assert.doesNotMatch(target.output().stdout, /warned/);
});
