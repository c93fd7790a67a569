/** Inspectors that are hard to close, and processes that could not bear one. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { readActivity } from '@nops/probe/beside/threads';
import { evaluate } from '@nops/probe/through/inspector-channel';
import { readListeners } from '@nops/probe/through/listeners';
import { openInspector } from '@nops/probe/through/open-inspector';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { mayOpen } from '../../support/states.js';
import { startTarget, type Target, until } from '../../support/target.js';

const anyPort = ['--inspect-port=0'];
const idle = mayOpen['idle'] ?? '';

async function start(t: TestContext, code: string, node: string, prefix: string[] = []): Promise<Target> {
  const target = await startTarget(t, code, { node, execArgv: anyPort, prefix, noSocket: true, type: 'cjs' });
  await target.said('ready');
  return target;
}

async function noListener(pid: number): Promise<void> {
  await until(
    () => readListeners(pid).own.size === 0 || undefined,
    () => `nothing to listen in ${pid}`,
  );
}

async function refusal(pid: number): Promise<NopsError> {
  const error: unknown = await openInspector(pid, { sharedHost: true }).then(
    opened => opened.close(),
    error => error,
  );
  assert.ok(error instanceof NopsError, 'it was refused');
  return error;
}

const openings = (target: Target): number => target.output().stderr.match(/Debugger listening/g)?.length ?? 0;

for (const version of nodeVersions) {
  const node = nodeBinary(version) ?? '';
  const skip = node === '' ? `Node ${version} is not installed` : false;

  test(`Node ${version}: what opens once more when the event loop comes round is closed`, { skip }, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'nops-round-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'released');
    const code = `const { existsSync } = require('node:fs'); console.log('ready');
while (!existsSync(${JSON.stringify(file)})) for (const end = Date.now() + 20; Date.now() < end; );
setTimeout(() => console.log('free'), 50); setInterval(() => {}, 1000);`;
    const target = await start(t, code, node);
    await (await openInspector(target.pid, { sharedHost: true })).close();
    await noListener(target.pid);
    writeFileSync(file, '');
    await target.said('free');
    await until(
      () => openings(target) === 2 || undefined,
      () => 'it to open again',
    );
    await noListener(target.pid);
    assert.equal(target.child.exitCode, null);
  });

  test(`Node ${version}: an app that has put its own in the place of process is told from another, and closed`, {
    skip,
  }, async t => {
    for (const replaced of ['globalThis.process = { env: {} }', 'process._debugEnd = () => {}']) {
      const target = await start(t, `${idle} ${replaced};`, node);
      const opened = await openInspector(target.pid, { sharedHost: true });
      assert.equal(await evaluate(opened.channel, '6 * 7'), 42);
      await opened.close();
      await noListener(target.pid);
      await sleep(500);
      assert.equal(openings(target), 1);
    }
  });

  test(`Node ${version}: without free descriptors no signal is sent: Node would abort`, { skip }, async t => {
    const code = `const fs = require('node:fs'); try { for (;;) fs.openSync('/dev/null'); } catch {}
fs.writeSync(1, 'ready\\n'); setInterval(() => {}, 1000);`;
    const target = await start(t, code, node, ['bash', '-c', 'ulimit -n 64; exec "$@"', 'bash']);
    const { code: why, message } = await refusal(target.pid);
    assert.equal(why, 'impossible');
    assert.match(message, /of 64 file descriptors open.*no signal was sent/);
    assert.deepEqual([target.child.exitCode, target.child.signalCode], [null, null]);
  });

  test(`Node ${version}: an Atomics.wait with a timeout that a stop has broken off is still one`, { skip }, async t => {
    const code = `console.log('ready'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600_000);`;
    const target = await start(t, code, node);
    const isIn = (name: string) =>
      until(
        () => readActivity(target.pid, target.pid).syscall?.name === name || undefined,
        () => `it to be in ${name}`,
      );
    await isIn('futex');
    target.child.kill('SIGSTOP');
    await until(
      () => readActivity(target.pid, target.pid).state === 'stopped' || undefined,
      () => 'it to stop',
    );
    target.child.kill('SIGCONT');
    await isIn('restart_syscall');
    const opened = await openInspector(target.pid, { sharedHost: true });
    assert.equal(await evaluate(opened.channel, 'process.pid'), target.pid);
    await opened.close();
    await noListener(target.pid);
  });
}

const node = process.execPath;

test('several who open one inspector at the same time all get what they ask', async t => {
  const target = await start(t, idle, node);
  const asked = Array.from({ length: 4 }, async () => {
    const opened = await openInspector(target.pid, { sharedHost: true });
    try {
      await sleep(50);
      return await evaluate(opened.channel, 'process.pid');
    } finally {
      await opened.close();
    }
  });
  assert.deepEqual(await Promise.all(asked), Array(4).fill(target.pid));
  await noListener(target.pid);
});

test('processes whose inspectors would have the same port are opened one after the other', async t => {
  const execArgv = [`--inspect-port=${await freePort()}`];
  const targets = await Promise.all(
    Array.from({ length: 3 }, () => startTarget(t, idle, { node, execArgv, noSocket: true, type: 'cjs' })),
  );
  await Promise.all(targets.map(target => target.said('ready')));
  const pids = targets.map(target => target.pid);
  const told = pids.map(async pid => {
    const opened = await openInspector(pid, { sharedHost: true });
    try {
      return await evaluate(opened.channel, 'process.pid');
    } finally {
      await opened.close();
    }
  });
  assert.deepEqual(await Promise.all(told), pids);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

test('the app listens on the port that its inspector would need: no signal is sent', async t => {
  const port = await freePort();
  const code = `require('node:net').createServer(socket => socket.end()).listen(${port}, '127.0.0.1', () => console.log('ready'));`;
  const execArgv = [`--inspect-port=${port}`];
  const target = await startTarget(t, code, { node, execArgv, noSocket: true, type: 'cjs' });
  await target.said('ready');
  assert.match((await refusal(target.pid)).message, /the app itself listens on port \d+ already.*no signal was sent/);
});

test('a host that others could reach is seen however it is written, and closed where it was not seen', async t => {
  const hosts = [['--inspect_port=0.0.0.0:0'], ['--debug-port', '0.0.0.0:0']];
  for (const execArgv of hosts) {
    const target = await startTarget(t, idle, { node, execArgv, noSocket: true, type: 'cjs' });
    await target.said('ready');
    assert.match((await refusal(target.pid)).message, /would listen on 0\.0\.0\.0.*no signal was sent/);
  }
  const env = { NODE_OPTIONS: '--no-warnings "--inspect-port=0.0.0.0:0"' };
  const quoted = await startTarget(t, idle, { node, execArgv: [], env, noSocket: true, type: 'cjs' });
  await quoted.said('ready');
  assert.match((await refusal(quoted.pid)).message, /would listen on 0\.0\.0\.0.*no signal was sent/);
  const code = `process.title = 'shop'; ${idle}`;
  const execArgv = ['--inspect-port=0.0.0.0:0'];
  const titled = await startTarget(t, code, { node, execArgv, noSocket: true, type: 'cjs' });
  await titled.said('ready');
  assert.match((await refusal(titled.pid)).message, /listens on 0\.0\.0\.0.*closed at once/);
  await noListener(titled.pid);
});
