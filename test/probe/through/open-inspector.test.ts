/** Opens the inspector of processes that were started without an agent: when nops may open it, and that it closes it again. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readActivity } from '@nops/probe/beside/threads';
import { openGate } from '@nops/probe/through/gate';
import { evaluate } from '@nops/probe/through/inspector-channel';
import { readListeners } from '@nops/probe/through/listeners';
import { openInspector } from '@nops/probe/through/open-inspector';
import { strippedCopy } from '../../support/altered-node.js';
import { makeFifo } from '../../support/fifo.js';
import { noListener, refusal } from '../../support/inspector.js';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { anyMoment, mayOpen } from '../../support/states.js';
import { startTarget, type Target, until } from '../../support/target.js';

/** The usual port may be another test's: any free one. */
const anyPort = ['--inspect-port=0'];

function start(t: TestContext, code: string, node: string, execArgv: string[] = anyPort): Promise<Target> {
  return startTarget(t, code, { node, execArgv, noSocket: true, type: 'cjs' });
}

for (const version of nodeVersions) {
  const node = nodeBinary(version) ?? '';
  const skip = node === '' ? `Node ${version} is not installed` : false;
  // Of every state; `npm run soak` does more.
  const rounds = version === nodeVersions[0] || version === nodeVersions.at(-1) ? 5 : 1;

  for (const [state, code] of Object.entries(mayOpen)) {
    test(`Node ${version}, ${state}: its inspector opens, answers and closes, ${rounds} times; the process goes on`, {
      skip,
    }, async t => {
      const target = await start(t, code, node);
      await target.said('ready');
      for (let round = 0; round < rounds; round++) {
        await sleep(anyMoment());
        const opened = await openInspector(target.pid, { sharedHost: true });
        assert.equal(opened.isOurs, true);
        assert.equal(await evaluate(opened.channel, 'process.pid'), target.pid);
        await opened.close();
        await noListener(target.pid);
      }
      assert.equal(target.child.exitCode, null);
    });
  }

  test(`Node ${version}: an app that listens to SIGUSR1 itself is left alone`, { skip }, async t => {
    const code = `process.on('SIGUSR1', () => console.log('called')); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready');`;
    const target = await start(t, code, node);
    await target.said('ready');
    assert.match((await refusal(target.pid)).message, /the app itself listens to SIGUSR1/);
    assert.doesNotMatch(target.output().stdout, /called/);
  });
}

const node = process.execPath;

test('an inspector that is open already is used, and left open', async t => {
  const target = await start(t, mayOpen['idle'] ?? '', node, ['--inspect=127.0.0.1:0']);
  await target.said('ready');
  await target.warned(/Debugger listening/);
  const [port] = readListeners(target.pid).own;
  const opened = await openInspector(target.pid, { sharedHost: true });
  assert.equal(opened.isOurs, false);
  await opened.close();
  assert.deepEqual([...readListeners(target.pid).own], [port]);
});

test('a process that is not Node’s gets no signal', async t => {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill());
  assert.match((await refusal(child.pid ?? 0)).message, /not a Node\.js process/);
  assert.equal(child.exitCode, null);
});

test('a port that another process has is told', async t => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await until(
    () => server.address() ?? undefined,
    () => 'a port',
  );
  const { port } = server.address() as { port: number };
  const target = await start(t, mayOpen['idle'] ?? '', node, [`--inspect-port=${port}`]);
  await target.said('ready');
  const error = await refusal(target.pid);
  assert.match(error.message, new RegExp(`another process listens on port ${port}`));
  assert.match(error.next ?? '', /--inspect-port=0/);
});

test('a host that others could reach, and a signal that is switched off, are refused', async t => {
  const reachable = await start(t, mayOpen['idle'] ?? '', node, ['--inspect-port=0.0.0.0:0']);
  await reachable.said('ready');
  assert.match((await refusal(reachable.pid)).message, /listen on 0\.0\.0\.0, where others could connect/);
  const newer = nodeBinary('24');
  if (newer === undefined) return;
  const off = await start(t, mayOpen['idle'] ?? '', newer, ['--disable-sigusr1']);
  await off.said('ready');
  assert.match((await refusal(off.pid)).message, /--disable-sigusr1/);
});

test('the state is checked again right before the signal', async t => {
  const fifo = makeFifo(t);
  const code = `const fs = require('node:fs'); const fd = fs.openSync(${JSON.stringify(fifo)}, 'r+');
process.on('SIGUSR2', () => { fs.readSync(fd, Buffer.alloc(1)); console.log('free'); }); setInterval(() => {}, 1000); console.log('ready');`;
  const target = await start(t, code, node);
  await target.said('ready');
  const gate = await openGate(target.pid);
  t.after(() => gate.close());
  target.child.kill('SIGUSR2');
  await until(
    () => readActivity(target.pid, target.pid).syscall?.name === 'read' || undefined,
    () => 'it to be blocked',
  );
  await assert.rejects(gate.signal(), /blocked in read/);
  writeFileSync(fifo, 'x');
  await target.said('free');
});

test('nops is killed while it talks to the inspector: nothing is left, and the process goes on', async t => {
  const target = await start(t, mayOpen['idle'] ?? '', node);
  await target.said('ready');
  const threads = () => readdirSync(`/proc/${target.pid}/task`).length;
  const before = threads();
  const url = new URL('../../../../probe/dist/through/open-inspector.js', import.meta.url).href;
  const opener = `const { openInspector } = await import(${JSON.stringify(url)}); await openInspector(${target.pid}, { sharedHost: true }); console.log('open'); setInterval(() => {}, 1000);`;
  const child = spawn(node, ['--input-type=module', '-e', opener], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', chunk => {
    said += chunk;
  });
  await until(
    () => said.includes('open') || undefined,
    () => 'the inspector to be open',
  );
  assert.equal(readListeners(target.pid).own.size, 0, 'the port is closed while it is used');
  // The relay, and the thread that waits for signals, which Node starts with its first inspector and keeps.
  assert.ok(threads() > before);
  child.kill('SIGKILL');
  await until(
    () => threads() <= before + 1 || undefined,
    () => `the relay to end: ${threads()} threads, ${before} before`,
  );
  await noListener(target.pid);
  assert.equal(target.child.exitCode, null);
});

test('a process that ends while we are connected is not held up', async t => {
  const code = `setTimeout(() => {}, 1500); console.log('ready');`;
  const target = await start(t, code, node);
  await target.said('ready');
  const opened = await openInspector(target.pid, { sharedHost: true });
  assert.equal(await target.exited, 0);
  await opened.close();
});

test('the app’s own ports are not asked, before or after', async t => {
  const code = `const asked = []; const server = require('node:http').createServer((request, response) => { asked.push(request.url); response.end(); });
server.listen(0, '127.0.0.1', () => console.log('ready')); globalThis.asked = asked;`;
  const target = await start(t, code, node);
  await target.said('ready');
  const opened = await openInspector(target.pid, { sharedHost: true });
  const asked = await evaluate(opened.channel, 'asked');
  await opened.close();
  assert.deepEqual(asked, []);
});

test('an inspector that the app opened itself, on a port that nothing tells of, is used and left open', async t => {
  const code = `require('node:inspector').open(0, '127.0.0.1'); setInterval(() => {}, 1000); console.log('ready');`;
  const target = await start(t, code, node);
  await target.said('ready');
  const [port] = readListeners(target.pid).own;
  const opened = await openInspector(target.pid, { sharedHost: true });
  assert.equal(opened.isOurs, false);
  await opened.close();
  assert.deepEqual([...readListeners(target.pid).own], [port]);
});

test('a stripped executable does not tell who listens to SIGUSR1: no signal is sent', async t => {
  const official = nodeBinary('20');
  if (official === undefined) return t.skip('Node 20 is not installed');
  const target = await start(t, mayOpen['idle'] ?? '', strippedCopy(t, official));
  await target.said('ready');
  assert.match((await refusal(target.pid)).message, /can’t be told: its executable has no symbols/);
});

for (const reading of [1, 4]) {
  test(`${reading} of 4 threads of libuv’s pool read: none of them gets the signal, which would break that off`, async t => {
    const fifo = makeFifo(t);
    const code = `const fs = require('node:fs'); const fd = fs.openSync(${JSON.stringify(fifo)}, 'r+');
const read = () => fs.read(fd, Buffer.alloc(1), 0, 1, null, error => console.log('read', error?.code ?? 'well'));
for (let i = 0; i < ${reading}; i++) read(); fs.stat('/', () => console.log('ready')); setTimeout(() => console.log('ready'), 100); setInterval(() => {}, 1000);`;
    const target = await start(t, code, node);
    await target.said('ready');
    await (await openInspector(target.pid, { sharedHost: true })).close();
    writeFileSync(fifo, 'x'.repeat(reading));
    assert.equal(await target.said('read'), 'well');
    assert.doesNotMatch(target.output().stdout, /EINTR/);
  });
}
