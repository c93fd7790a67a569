/** `nops heap-snapshot` of real processes: the file, what it says before, when it refuses, and what Ctrl-C leaves. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HeapSnapshotResult } from '@nops/core/protocol/heap-snapshot-results';
import { readCgroup } from '@nops/probe/beside/cgroup';
import { cgroupMounts } from '@nops/probe/beside/mounts';
import { readListeners } from '@nops/probe/through/listeners';
import { type HeapFacts, predictSnapshot, shortages } from '@nops/probe/through/predict-snapshot';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { startTarget, type Target, until } from '../support/target.js';
import { folder, nops, nopsPath } from './helpers.js';

const app = (count: number) => `class Invoice { constructor(id) { this.id = id; this.lines = [id, 'text ' + id]; } }
globalThis.kept = []; for (let i = 0; i < ${count}; i++) kept.push(new Invoice(i));
setInterval(() => {}, 100); console.log('ready');`;

async function start(
  t: TestContext,
  count: number,
  options: { node?: string; prefix?: string[] } = {},
): Promise<Target> {
  // The usual port may be another test's: any free one.
  const target = await startTarget(t, app(count), { execArgv: ['--inspect-port=0'], noSocket: true, ...options });
  await target.said('ready');
  return target;
}

const place = (): string => join(mkdtempSync(join(folder, 'snapshots-')), 'app.heapsnapshot');

interface Snapshot {
  snapshot: { node_count: number; meta: { node_fields: string[] } };
  nodes: number[];
  strings: string[];
}

async function nothingListens(target: Target): Promise<void> {
  await until(
    () => readListeners(target.pid).own.size === 0 || undefined,
    () => 'the inspector to be closed',
  );
}

for (const version of nodeVersions) {
  const node = nodeBinary(version) ?? '';
  const skip = node === '' ? `Node ${version} is not installed` : false;
  test(`Node ${version}: a snapshot that can be read, and what it costs told before`, { skip }, async t => {
    const target = await start(t, 20_000, { node });
    const file = place();
    writeFileSync(file, 'older');
    const ended = await nops(['heap-snapshot', String(target.pid), '-o', file, '--json']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(
      ended.stderr,
      /predicted: a standstill of .*, .* of memory at its peak, a file of .*; left: .*machine /,
    );
    const result = JSON.parse(ended.stdout) as HeapSnapshotResult;
    assert.deepEqual(
      { ...result, bytes: 0, pauseMs: 0, predicted: 0 },
      {
        schema: 'nops.heap-snapshot/1',
        pid: target.pid,
        way: 'through',
        notes: [],
        file,
        bytes: 0,
        pauseMs: 0,
        predicted: 0,
      },
    );
    assert.ok(result.pauseMs > 0 && result.predicted.pauseMs > 0 && result.predicted.peakBytes > 0);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(file).size, result.bytes);
    assert.ok(result.bytes < result.predicted.fileBytes, `${result.bytes} of ${result.predicted.fileBytes}`);
    assert.equal(named('Invoice', JSON.parse(readFileSync(file, 'utf8')) as Snapshot), 20_000);
    assert.deepEqual(readdirSync(join(file, '..')), ['app.heapsnapshot']);
    await nothingListens(target);
    assert.equal(target.child.exitCode, null);
  });
}

/** How many objects of a class are in it: type 3 is `object`. */
function named(name: string, { snapshot, nodes, strings }: Snapshot): number {
  const width = snapshot.meta.node_fields.length;
  const index = strings.indexOf(name);
  assert.equal(nodes.length, snapshot.node_count * width);
  let count = 0;
  for (let at = 0; at < nodes.length; at += width) if (nodes[at] === 3 && nodes[at + 1] === index) count++;
  return count;
}

test('Ctrl-C leaves no file, and the inspector closed; the process goes on', async t => {
  const target = await start(t, 300_000);
  const file = place();
  const child = spawn(process.execPath, [nopsPath, 'heap-snapshot', String(target.pid), '-o', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', chunk => (said += chunk));
  const ended = new Promise(resolve => child.once('close', resolve));
  await until(
    () => readdirSync(join(file, '..'))[0],
    () => `the temporary file; ${said}`,
  );
  child.kill('SIGINT');
  assert.equal(await ended, 130);
  assert.match(said, /predicted: .*\n.*no file is left/s);
  assert.deepEqual(readdirSync(join(file, '..')), []);
  await nothingListens(target);
  assert.equal(target.child.exitCode, null);
});

/** A control group of our own below the tests', without a limit yet; undefined where none can be made. */
function makeGroup(): { folder: string; limit: string } | undefined {
  const memory = readCgroup(process.pid)?.memory;
  for (const { version, path, controllers } of cgroupMounts()) {
    if (version === 1 && !controllers.includes('memory')) continue;
    const made = join(path, memory?.path ?? '/', `nops-test-${process.pid}`);
    const limit = join(made, version === 1 ? 'memory.limit_in_bytes' : 'memory.max');
    try {
      mkdirSync(made);
      writeFileSync(limit, String(2 ** 30), { flag: 'r+' });
      return { folder: made, limit };
    } catch {
      rmdir(made); // not ours to make, or without the controller
    }
  }
  return undefined;
}

/** A group can be removed when its last process is gone. */
function rmdir(path: string): true | undefined {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return undefined;
  }
}

test('refused in a control group without the room for it, and done there with --force', async t => {
  const group = makeGroup();
  if (group === undefined) return t.skip('needs the right to make a control group for memory');
  const enter = ['/bin/sh', '-c', `echo $$ > ${group.folder}/cgroup.procs && exec "$@"`, 'sh'];
  const target = await start(t, 100, { prefix: enter });
  // After the target's own end, which was to be done before.
  t.after(() =>
    until(
      () => rmdir(group.folder),
      () => `${group.folder} to be empty`,
    ),
  );
  const current = readCgroup(target.pid)?.memory?.currentBytes ?? 0;
  // What an idle Node really needs for it is 33 to 55 MB; the prediction begins at twice that.
  writeFileSync(group.limit, String(current + 100e6));
  const file = place();
  const args = ['heap-snapshot', String(target.pid), '-o', file];
  const refused = await nops(args);
  assert.equal(refused.code, 6, refused.stderr);
  assert.equal(refused.stdout, '');
  assert.match(
    refused.stderr,
    /would cost a standstill of .* needs [\d.]+ MB more, and the control group has [\d.]+ MB left/,
  );
  assert.match(refused.stderr, /next: nops heap \d+.*nops async \d+.*--force/);
  assert.deepEqual(readdirSync(join(file, '..')), []);
  await nothingListens(target);
  const forced = await nops([...args, '--force', '--json']);
  assert.equal(forced.code, 0, forced.stderr);
  assert.match((JSON.parse(forced.stdout) as HeapSnapshotResult).notes.join(), /forced: .*control group/);
  assert.equal(named('Invoice', JSON.parse(readFileSync(file, 'utf8')) as Snapshot), 100);
});

test('the prediction: what was measured is within it', () => {
  const facts: HeapFacts = { node: 20, usedBytes: 163.2e6, largeBytes: 17.7e6, rssBytes: 239.4e6, limitCores: null };
  const predicted = predictSnapshot(facts);
  assert.ok(predicted.peakBytes > 2687e6 && predicted.peakBytes < 2 * 2687e6, String(predicted.peakBytes));
  assert.ok(predicted.pauseMs > 17_513 && predicted.fileBytes > 326.1e6);
  assert.equal(Math.round(predicted.objects / 1e6), 4);
  assert.ok(predictSnapshot({ ...facts, node: 26 }).pauseMs < predicted.pauseMs);
  assert.equal(predictSnapshot({ ...facts, limitCores: 0.5 }).pauseMs, 2 * predicted.pauseMs);
  assert.equal(predictSnapshot({ ...facts, limitCores: 4 }).pauseMs, predicted.pauseMs);
});

test('the decision: each thing that it does not fit into; what is not known is no reason', () => {
  const predicted = { pauseMs: 1000, peakBytes: 900, fileBytes: 80 };
  const unknown = { cgroupBytes: null, machineBytes: null, diskBytes: null };
  assert.deepEqual(shortages(predicted, 100, unknown), []);
  assert.deepEqual(shortages(predicted, 100, { cgroupBytes: 800, machineBytes: 800, diskBytes: 80 }), []);
  assert.deepEqual(shortages(predicted, 100, { cgroupBytes: -5, machineBytes: 799, diskBytes: 79 }), [
    { what: 'control group', neededBytes: 800, leftBytes: 0 },
    { what: 'machine', neededBytes: 800, leftBytes: 799 },
    { what: 'disk', neededBytes: 80, leftBytes: 79 },
  ]);
});

test('what is no process of this machine, and what can’t be written, are refused before anything starts', async () => {
  assert.equal((await nops(['heap-snapshot', '127.0.0.1:1'])).code, 2);
  assert.equal((await nops(['heap-snapshot', String(process.pid), '-o', '/nowhere/file'])).code, 2);
});
