/** The agent as `nops attach` injects it: one text, evaluated in a process that was not prepared. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Announcement } from '@nops/core/protocol/announcement';
import { filesOf, startInspected, threadsAndFds } from '../support/inspected.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { agentRegister } from '../support/target.js';

const stay = `console.log('up'); setInterval(() => {}, 1000);`;
const spin = `setTimeout(() => { console.log('up'); for (;;); }, 100);`;
const { version } = JSON.parse(readFileSync(new URL('../../../agent/package.json', import.meta.url), 'utf8')) as {
  version: string;
};

for (const major of nodeVersions) {
  const node = nodeBinary(major);
  const skip = node === undefined && `no Node ${major}`;
  for (const [what, code, type] of [
    ['idle, ESM', stay, 'mjs'],
    ['in a loop that never ends, CommonJS', spin, 'cjs'],
  ] as const) {
    test(`Node ${major}, ${what}: attached, it answers everything`, { skip }, async t => {
      const target = await startInspected(t, code, { type, node: node ?? '' });
      await target.said('up');
      const answer = await target.attached();
      assert.deepEqual(answer, { socketPath: target.socketPath(), version, already: false });
      const name = filesOf(target).find(file => file.endsWith('.json')) ?? '';
      const announcement = JSON.parse(readFileSync(join(target.folder, name), 'utf8')) as Announcement;
      assert.deepEqual([announcement.pid, announcement.attached], [target.pid, true]);
      assert.ok(readFileSync(`/proc/${target.pid}/task/${announcement.workerTid}/comm`, 'utf8').length > 0);

      for (const path of ['nops/info', 'nops/stack', 'nops/fds', 'nops/sockets', 'nops/async', 'nops/pools']) {
        const { status, text } = await target.ask(`/debug/${path}`);
        assert.equal(status, 200, `${path}: ${text}`);
      }
      const profile = await target.ask('/debug/pprof/profile?seconds=1');
      assert.deepEqual([profile.status, profile.body.readUInt16BE(0)], [200, 0x1f8b], 'gzip');

      assert.deepEqual(await target.attach(), { ...answer, already: true });
      assert.equal(threadsAndFds(target.pid).fds.filter(path => path.startsWith('/proc')).length, 0);
      assert.doesNotMatch(target.output().stderr, /nops|Warning/i);
    });
  }
}

const newest = nodeVersions.at(-1) ?? '';
const newestNode = nodeBinary(newest);

test(`--permission on Node ${newest}: refused for what is missing, and the app goes on`, {
  skip: newestNode === undefined && `no Node ${newest}`,
}, async t => {
  // Without --allow-inspector, which older ones do not know, nobody could ask.
  const flags = ['--permission', '--allow-inspector', '--allow-fs-read=*'];
  for (const [more, missing] of [
    [[], /--allow-worker/],
    [['--allow-worker'], /restricted/],
  ] as const) {
    const target = await startInspected(t, stay, { node: newestNode ?? '', execArgv: [...flags, ...more] });
    await target.said('up');
    const { failure, next } = await target.attach();
    assert.match(failure ?? '', missing);
    assert.ok(next);
    assert.equal(await target.evaluate('1 + 1'), 2);
  }
  const all = ['--allow-worker', '--allow-fs-write=*'];
  const target = await startInspected(t, stay, { node: newestNode ?? '', execArgv: [...flags, ...all] });
  await target.said('up');
  assert.equal((await target.attached()).already, false);
  assert.equal((await target.ask('/debug/nops/pulse')).status, 200);
});

test('an agent that the app loaded is found, and its own socket told', async t => {
  const target = await startInspected(t, stay, { execArgv: ['--import', agentRegister], noSocket: false });
  const answer = await target.attach();
  assert.deepEqual(answer, { socketPath: target.socketPath(), version, already: true });
});

test('what is given goes before the environment', async t => {
  const target = await startInspected(t, stay, { env: { NOPS_NAME: 'from-environment' } });
  await target.said('up');
  const folder = `${target.folder}-given`;
  const { socketPath = '' } = await target.attach({ folder, name: 'given' });
  assert.equal(socketPath.startsWith(`${folder}/`), true, socketPath);
});

test('nowhere to put the socket: refused at once, and nothing is said or left in the app', async t => {
  const target = await startInspected(t, stay);
  await target.said('up');
  const before = await target.evaluate(`Object.getOwnPropertySymbols(globalThis).length`);
  const open = join(target.folder, '..', 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  for (const [folder, why] of [
    ['/proc/nowhere', /ENOENT|EACCES|EPERM/],
    [open, /open to other users/],
    [join(target.folder, 'x'.repeat(120)), /107/],
  ] as const) {
    const { failure, next } = await target.attach({ folder });
    assert.match(failure ?? '', why);
    assert.ok(next);
  }
  assert.equal(await target.evaluate(`Object.getOwnPropertySymbols(globalThis).length`), before);
  const { already } = await target.attached();
  assert.equal(already, false);
  assert.doesNotMatch(target.output().stderr, /nops|Warning/i);
});

test('its working directory is gone: refused, since no thread could start', async t => {
  const code = `const fs = require('node:fs'); const folder = fs.mkdtempSync(require('node:os').tmpdir() + '/nops-gone-');
process.chdir(folder); fs.rmdirSync(folder); ${stay}`;
  const target = await startInspected(t, code, { type: 'cjs' });
  await target.said('up');
  const { failure, next } = await target.attach();
  assert.match(failure ?? '', /working directory .* removed/);
  assert.ok(next);
  assert.equal(await target.evaluate('1 + 1'), 2);
});

test('an app that has changed what it should not: attached all the same', async t => {
  const code = `globalThis.setInterval = globalThis.setTimeout = () => { throw new Error('mine'); };
Error.prepareStackTrace = () => { throw new Error('mine'); };
Object.prototype.toJSON = undefined;
process.stdout.write('up\\n'); require('node:net').createServer().listen(0);`;
  const target = await startInspected(t, code, { type: 'cjs' });
  await target.said('up');
  const answer = await target.attach();
  assert.equal(answer.already === false || answer.failure !== undefined, true);
  assert.equal(await target.evaluate('1 + 1'), 2);
});

for (const [how, end, code] of [
  ['by itself', 'globalThis.timer.close()', 0],
  ['by process.exit', 'void setImmediate(() => process.exit(7))', 7],
] as const) {
  test(`an attached process ends ${how}, and leaves nothing`, async t => {
    const net = `globalThis.timer = require('node:net').createServer().listen(0); console.log('up');`;
    const target = await startInspected(t, net, { type: 'cjs' });
    await target.said('up');
    await target.attached();
    // A session of the agent's own is open then.
    assert.equal((await target.ask('/debug/nops/pulse')).status, 200);
    await target.evaluate(end);
    await target.leave();
    assert.equal(await target.exited, code, target.output().stderr);
    assert.deepEqual(filesOf(target), []);
  });
}

test('an attached process with a handler for SIGTERM ends by it', async t => {
  const target = await startInspected(t, `process.on('SIGTERM', () => process.exit(3)); ${stay}`);
  await target.said('up');
  await target.attached();
  assert.equal((await target.ask('/debug/nops/pulse')).status, 200);
  await target.leave();
  target.child.kill('SIGTERM');
  assert.equal(await target.exited, 3);
  assert.deepEqual(filesOf(target), []);
});
