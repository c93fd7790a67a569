/** Clients that ask for nonsense, too much, or leave in the middle: each gets a clear answer, and nothing of theirs stays behind. */

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { type Answer, agentRegister, startTarget, type Target, until } from '../support/target.js';

const busy = `setInterval(() => { const end = Date.now() + 20; while (Date.now() < end); }, 100);`;
const execArgv = ['--import', agentRegister];
const measured = ['profile', 'heap', 'allocs', 'goroutine', 'block', 'trace'];

async function assertQuiet(target: Target, after: string): Promise<void> {
  await until(
    async () => {
      const { profiling } = JSON.parse((await target.ask('/debug/nops/info?details=0')).text);
      return !profiling.isOn || undefined;
    },
    () => `the sampler to end after ${after}`,
  );
  assert.equal(target.child.exitCode, null);
  assert.equal(target.output().stderr, '');
}

/** Asks, and is gone after so long. */
function askAndLeave(target: Target, path: string, afterMs: number): Promise<void> {
  return new Promise(resolve => {
    const asked = request({
      socketPath: target.socketPath(),
      path: `/debug/pprof/${path}`,
      agent: false,
      headers: { host: 'localhost' },
    });
    asked.on('response', response => response.resume().on('error', () => {}));
    asked.on('error', () => {}).on('close', resolve);
    asked.end();
    setTimeout(() => asked.destroy(), afterMs);
  });
}

test('what can not be measured is refused before anything is measured', async t => {
  const target = await startTarget(t, busy, { execArgv });
  const queries = ['seconds=-1', 'seconds=99999999999999999999', 'seconds=NaN', 'seconds=1e3', 'seconds=1.5'];
  for (const name of ['profile', 'heap', 'allocs', 'goroutine', 'block', 'threadcreate']) {
    const formats = ['', 'nope', '__proto__', 'constructor'].map(format => `seconds=300&format=${format}`);
    for (const query of [...queries, 'debug=3', 'debug=-1', ...formats]) {
      const { status, text } = await target.ask(`/debug/pprof/${name}?${query}`);
      assert.equal(status, 400, `${name}?${query}: ${status} ${text.slice(0, 200)}`);
    }
  }
  await assertQuiet(target, 'bad parameters');
});

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`Node ${version}: clients that leave in every phase leave nothing behind`, {
    skip: node === undefined,
  }, async t => {
    const target = await startTarget(t, busy, { execArgv, ...(node === undefined ? {} : { node }) });
    for (const ms of [0, 20, 400])
      await Promise.all(measured.flatMap(name => [1, 2].map(() => askAndLeave(target, `${name}?seconds=1`, ms))));
    await assertQuiet(target, 'leaving');
    const answers = measured.map(name =>
      until(
        async () => {
          const answer = await target.ask(`/debug/pprof/${name}?seconds=1`);
          return answer.status === 429 ? undefined : { name, answer };
        },
        () => `${name} to be free`,
      ),
    );
    for (const { name, answer } of await Promise.all(answers))
      assert.equal(answer.status, 200, `${name}: ${answer.text.slice(0, 200)}`);
    await assertQuiet(target, 'all');
  });
}

test('two hundred at once: some are served, some told when to come again, the rest not let in; then all is as before', async t => {
  const target = await startTarget(t, busy, { execArgv });
  const answers: (Answer | 'refused')[] = await Promise.all(
    Array.from({ length: 200 }, () => target.ask('/debug/pprof/profile?seconds=1').catch(() => 'refused' as const)),
  );
  const of = (status: number) => answers.filter(answer => answer !== 'refused' && answer.status === status);
  assert.ok(of(200).length > 0 && of(200).length <= 64, `${of(200).length} served`);
  for (const answer of of(429)) assert.match(String(answer !== 'refused' && answer.headers['retry-after']), /^[1-9]/);
  assert.equal(of(200).length + of(429).length + answers.filter(answer => answer === 'refused').length, 200);
  await assertQuiet(target, 'the crowd');
});

test('connections that say nothing keep nobody out for long', async t => {
  const target = await startTarget(t, busy, { execArgv });
  const silent = Array.from({ length: 200 }, () => connect(target.socketPath()).on('error', () => {}));
  t.after(() => silent.forEach(socket => void socket.destroy()));
  await until(
    async () => (await target.ask('/debug/pprof/cmdline').catch(() => undefined))?.status === 200 || undefined,
    () => 'a free connection',
  );
});
