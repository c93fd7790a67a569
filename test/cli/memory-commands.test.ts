/** `memstats`, `gc`, `setgc`, `heap` and `allocs` against real processes. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type {
  AllocsResult,
  GcResult,
  HeapResult,
  MemstatsResult,
  SetgcResult,
} from '@nops/core/protocol/memory-results';
import { folder, nops, startNode, startWithAgent } from './helpers.js';

async function json<Result>(...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await nops([...args, '--json']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return JSON.parse(stdout) as Result;
}

/** Holds some megabytes, and keeps replacing objects in them that have grown old. */
const busy = `const live = []; for (let i = 0; i < 300_000; i++) live.push({ i });
  let at = 0;
  function replaceSome() { for (let n = 0; n < 30_000; n++) { at = (at + 7919) % live.length; live[at] = { i: at, s: [n] }; } }
  setInterval(replaceSome, 5); console.log('ready');`;

let target = '';
before(async () => {
  target = String((await startWithAgent(busy)).pid);
});

test('memstats: V8’s heap by space, and the kernel’s figures', async () => {
  const result = await json<MemstatsResult>('memstats', target);
  assert.deepEqual({ schema: result.schema, way: result.way }, { schema: 'nops.memstats/1', way: 'agent' });
  const { heap } = result;
  assert.ok(heap !== null);
  assert.ok(heap.usedBytes > 0 && heap.usedBytes <= heap.totalBytes && heap.totalBytes <= heap.limitBytes);
  const old = heap.spaces.find(({ name }) => name === 'old_space');
  assert.ok((old?.usedBytes ?? 0) > 0);
  assert.ok((result.pssBytes ?? 0) > 0 && (result.pssBytes ?? 0) <= (result.rssBytes ?? 0) * 1.2);
  const text = (await nops(['memstats', target])).stdout;
  assert.match(text, /^heap +\S+ \S+ used of .* limit /m);
  assert.match(text, /^old_space +/m);
});

test('memstats without an agent has the kernel’s figures, and says what is missing', async () => {
  const { pid } = await startNode(['-e', 'setInterval(() => {}, 1000); console.log("ready")']);
  const result = await json<MemstatsResult>('memstats', String(pid));
  assert.deepEqual({ way: result.way, heap: result.heap }, { way: 'beside', heap: null });
  assert.ok((result.rssBytes ?? 0) > 0 && (result.anonymousBytes ?? 0) > 0);
  assert.match(result.notes.join(), /agent would add/);
});

test('gc frees what nobody holds', async () => {
  const code = `const garbage = []; for (let i = 0; i < 200_000; i++) garbage.push({ i, s: [i] });
    setInterval(() => {}, 1000); setTimeout(() => { garbage.length = 0; console.log('ready'); }, 100);`;
  const { pid } = await startWithAgent(code);
  const { before: was, after: is, elapsedMs } = await json<GcResult>('gc', String(pid));
  assert.ok(is.usedBytes < was.usedBytes / 2, `${was.usedBytes} → ${is.usedBytes}`);
  assert.ok(elapsedMs > 0);
  assert.match((await nops(['gc', String(pid)])).stdout, /^heap used +\S+ \S+ +\S+ \S+ +/m);
});

test('setgc: a smaller percentage makes V8 collect before the heap has grown as far', async () => {
  const { changes, settings, observed } = await json<SetgcResult>('setgc', target, '10', '-s', '6');
  assert.deepEqual(changes, [{ name: 'growingPercent', old: null, new: 10 }]);
  assert.equal(settings.growingPercent, 10);
  const [wide, narrow] = [observed?.before?.growthPercent ?? null, observed?.after?.growthPercent ?? null];
  assert.ok(wide !== null && narrow !== null, JSON.stringify(observed));
  assert.ok(narrow < wide * 0.7, `grew by ${wide} % before and ${narrow} % after`);
  const back = await json<SetgcResult>('setgc', target, 'auto');
  assert.deepEqual(back.changes, [{ name: 'growingPercent', old: 10, new: null }]);
});

test('setgc without a change lists what can change and what can’t, with the limit that V8 really has', async () => {
  const { pid } = await startWithAgent('setInterval(() => {}, 1000); console.log("ready")');
  const result = await json<SetgcResult>('setgc', String(pid));
  assert.deepEqual(result.changes, []);
  const limit = (await json<MemstatsResult>('memstats', String(pid))).heap?.limitBytes;
  assert.equal(result.fixed.find(({ name }) => name === 'heap limit')?.value, limit);
  assert.match((await nops(['setgc', String(pid)])).stdout, /^heap limit .*can't change while it runs/m);
});

test('setgc refuses what V8 reads once, what is out of bounds, and a second number of snapshots', async () => {
  const cases: [string[], number, RegExp][] = [
    [['max-semi-space-size=64'], 6, /reads --max-semi-space-size once/],
    [['--', '--max_old_space_size=64'], 6, /reads --max-old-space-size once/],
    [['off'], 6, /can’t be told not to collect/],
    [['0'], 2, /invalid value for "percent"/],
    [['1001'], 2, /invalid value for "percent"/],
    [['speed=1'], 2, /has no setting "speed"/],
  ];
  for (const [words, code, message] of cases) {
    const ended = await nops(['setgc', target, ...words]);
    assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code, stdout: '' }, ended.stderr);
    assert.match(ended.stderr, message);
  }
  const { pid } = await startWithAgent('setInterval(() => {}, 1000); console.log("ready")');
  const first = await json<SetgcResult>('setgc', String(pid), 'snapshots=2');
  assert.equal(first.settings.snapshotsNearLimit, 2);
  assert.equal((await nops(['setgc', String(pid), 'snapshots=3'])).code, 6);
});

test('heap writes a profile that holds what it prints', async () => {
  const file = join(folder, 'heap.pb.gz');
  const result = await json<HeapResult>('heap', target, '-s', '2', '-o', file);
  assert.equal(result.file, file);
  assert.equal(result.top[0]?.function, 'replaceSome');
  assert.ok(result.totalBytes > 0 && result.objects > 0);
  const profile = decodeProfile(gunzipSync(readFileSync(file)));
  assert.deepEqual(profile.sampleTypes.at(-1), { type: 'inuse_space', unit: 'bytes' });
  assert.ok(profile.functionNames.includes('replaceSome'));
  assert.match((await nops(['pprof-heap', target, '-s', '1', '-o', file])).stdout, /^ *[\d.]+ [kM]B .* replaceSome /m);
});

test('heap of an agent that samples all the time answers with what lives since its start', async () => {
  const code = `const kept = []; function keepMany() { for (let i = 0; i < 300_000; i++) kept.push({ i, s: [i] }); }
    setTimeout(() => { keepMany(); console.log('ready'); }, 500); setInterval(() => {}, 1000);`;
  const { pid } = await startWithAgent(code, { NOPS_HEAP: '1' });
  const result = await json<HeapResult>('heap', String(pid), '-o', join(folder, 'all.pb.gz'));
  assert.equal(result.top[0]?.function, 'keepMany');
  assert.match(result.notes.join(), /since the agent started/);
});

test('allocs writes a profile of what is freed too, and says so', async () => {
  const code = `let last; function wastes() { for (let i = 0; i < 10_000; i++) last = new Array(30).fill(i); }
    setInterval(wastes, 10); console.log('ready');`;
  const { pid } = await startWithAgent(code);
  const file = join(folder, 'allocs.pb.gz');
  const result = await json<AllocsResult>('allocs', String(pid), '-s', '2', '-o', file);
  assert.deepEqual([result.schema, result.file], ['nops.allocs/1', file]);
  assert.equal(result.top[0]?.function, 'wastes');
  assert.match(result.notes.join(), /all that was allocated in these 2 s, also what is freed already/);
  const profile = decodeProfile(gunzipSync(readFileSync(file)));
  assert.deepEqual(profile.sampleTypes.at(-1), { type: 'alloc_space', unit: 'bytes' });
  const { totalBytes } = await json<HeapResult>('heap', String(pid), '-s', '2', '-o', join(folder, 'alive.pb.gz'));
  assert.ok(totalBytes < result.totalBytes / 4, `${totalBytes} alive of ${result.totalBytes}`);
  assert.match(
    (await nops(['allocs', String(pid), '-s', '1', '-o', file])).stdout,
    /^\S+ [kM]B allocated in about .* objects, /m,
  );
});
