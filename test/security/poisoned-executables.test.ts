/** Executables that lie about themselves: their own process may be misread, no other one, and nops neither hangs nor grows. */

import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readBinary } from '@nops/probe/beside/v8/binary';
import { type Measured, measuredNops, mostMegabytes } from '../support/measured.js';
import { poisonedCopy } from '../support/poisoned-copy.js';
import { needsRoot, nobody } from '../support/readable-copy.js';
import { startTarget, type TargetOptions } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const blocked = `function blocked() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }
setTimeout(blocked, 300); console.log('ready');`;

/** The script's name is where its source is: names of files come out as text of theirs. */
const lies = { address: { v8dbg_class_Script__name__Object: 'v8dbg_class_Script__source__Object' } };

async function startBlocked(t: TestContext, options: TargetOptions): Promise<number> {
  const target = await startTarget(t, blocked, { ...options, execArgv: [], noSocket: true, type: 'cjs' });
  await target.said('ready');
  await new Promise(resolve => setTimeout(resolve, 1000));
  return target.pid;
}

/** The frames of `pid`, without what differs from one look to the next. */
async function framesOf(pid: number, cacheHome: string): Promise<string> {
  const { code, stdout, stderr } = await measuredNops(['stack', String(pid)], cacheHome);
  assert.equal(code, 0, stderr);
  return stdout
    .split('\n')
    .filter(line => /^ {4}\S.* {2}\S/.test(line) && !line.includes('futex('))
    .join('\n');
}

function executable(t: TestContext, owner?: number): string {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  if (owner !== undefined) chownSync(folder, owner, owner);
  return join(folder, 'node');
}

test('a copy with other symbols and the same build id: stacks of the genuine one stay right', async t => {
  const node = executable(t);
  poisonedCopy(process.execPath, node, lies);
  assert.deepEqual(readBinary(node).buildId, readBinary(process.execPath).buildId);
  assert.notDeepEqual(readBinary(node).constants, readBinary(process.execPath).constants);
  const uid = needsRoot === false ? nobody : undefined;
  if (uid !== undefined) chownSync(node, uid, uid);
  const poisoned = await startBlocked(t, { node, ...(uid === undefined ? {} : { uid }) });
  const genuine = await startBlocked(t, {});
  const cacheHome = temporaryFolder(t);
  const right = await framesOf(genuine, temporaryFolder(t));
  assert.match(right, /blocked {2}\S*app\.cjs:1:/);

  await measuredNops(['stack', String(poisoned)], cacheHome);
  assert.equal(await framesOf(genuine, cacheHome), right);
  assert.equal(await framesOf(genuine, cacheHome), right);
});

test('what is kept of executables is of those that nobody else can write', { skip: needsRoot }, async t => {
  const others = executable(t, nobody);
  poisonedCopy(process.execPath, others, {});
  chownSync(others, nobody, nobody);
  const cacheHome = temporaryFolder(t);
  const kept = () => (existsSync(join(cacheHome, 'nops')) ? readdirSync(join(cacheHome, 'nops')) : []);
  await framesOf(await startBlocked(t, { node: others }), cacheHome);
  assert.deepEqual(kept(), [], 'it belongs to another user');

  // Ours, but in a folder in which everybody may put another one in its place.
  const replaceable = join(executable(t), '..', 'open');
  mkdirSync(replaceable);
  chmodSync(replaceable, 0o777);
  poisonedCopy(process.execPath, join(replaceable, 'node'), {});
  await framesOf(await startBlocked(t, { node: join(replaceable, 'node') }), cacheHome);
  assert.deepEqual(kept(), []);

  await framesOf(await startBlocked(t, {}), cacheHome);
  assert.equal(kept().length, 1, 'the Node that these tests run with');
});

for (const [what, size] of [
  ['2 GB', 2_000_000_000n],
  ['2^62 bytes', 2n ** 62n],
] as const) {
  test(`a symbol of ${what}: refused with its cause, in little memory`, async t => {
    const node = executable(t);
    poisonedCopy(process.execPath, node, { size: { Builtins_JSEntry: size } });
    const pid = await startBlocked(t, { node });
    const stack = await measuredNops(['stack', String(pid)], temporaryFolder(t));
    assert.match(stack.stdout + stack.stderr, /can't be read: .*an object in it has \d+ bytes/);
    assertModest(stack);
    const list = await measuredNops([]);
    assert.match(list.stdout, new RegExp(`^ *${pid} .* ${process.versions.node} `, 'm'));
    assertModest(list);
  });
}

function assertModest({ code, megabytes, stderr }: Measured): void {
  assert.ok(code === 0 || code === 6, `exit code ${code}; ${stderr}`);
  assert.ok(megabytes < mostMegabytes, `${megabytes} MB`);
}
