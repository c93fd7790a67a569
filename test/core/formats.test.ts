/**
 * Other formats: out and in again, a profile has what the format can hold. One harness for all. Real files besides: CPU samples in the traces
 * of every Node, and v8-out-of-memory.json, which @datadog/pprof 5.20.0 wrote for the command of its monitorOutOfMemory in a program whose
 * function `hoard` kept objects in an array (started with --max-old-space-size=60; only the path of the program was changed since).
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encodeProfile } from '@nops/core/profile/encode';
import { formatNames, type Format as Writer, formats as writers } from '@nops/core/profile/formats/formats';
import { fromCollapsed } from '@nops/core/profile/formats/from-collapsed';
import type { CpuProfile } from '@nops/core/profile/formats/from-cpuprofile';
import { fromJson } from '@nops/core/profile/formats/from-json';
import { toCollapsed } from '@nops/core/profile/formats/to-collapsed';
import { toCpuProfile } from '@nops/core/profile/formats/to-cpuprofile';
import { toFirefox } from '@nops/core/profile/formats/to-firefox';
import { toHeapProfile } from '@nops/core/profile/formats/to-heapprofile';
import { toJson } from '@nops/core/profile/formats/to-json';
import { toSpeedscope } from '@nops/core/profile/formats/to-speedscope';
import { defaultTypeIndex, type Profile, sampleCount } from '@nops/core/profile/model';
import { topEntries } from '@nops/core/profile/top';
import { NopsError } from '@nops/core/protocol/errors';
import { printable } from '@nops/core/units/printable';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { randomFrom } from '../support/random.js';
import { recordCpu, recordHeap } from './inspect.js';
import { assertConsistent, randomProfile, totalOf } from './profiles.js';
import { plain } from './twin.js';

const oomFile = fileURLToPath(new URL('../../fixtures/pprof/v8-out-of-memory.json', import.meta.url));

interface Format {
  name: string;
  there(profile: Profile): string;
  back(text: string): Profile;
  /** What the format keeps of a profile. */
  kept(profile: Profile): unknown;
  /** What the format can hold at all; everything when absent. */
  fits?(profile: Profile): Profile;
}

/** Frames from the root, as `show` has them, and values. */
function stacks(
  profile: Profile,
  show: (line: { name: string; file: string; line: number; column: number }) => unknown,
) {
  return plain(profile).map(({ stack, values }) => ({
    stack: stack.flatMap(({ lines }) => lines.map(show)).reverse(),
    values: values.map(Number),
  }));
}

/** Equal stacks summed up. */
function summed(all: { stack: unknown[]; values: number[] }[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { stack, values } of all) {
    const value = values[0] ?? 0;
    if (value === 0 || stack.length === 0) continue;
    sums.set(JSON.stringify(stack), (sums.get(JSON.stringify(stack)) ?? 0) + value);
  }
  return [...sums];
}

/** The default sample type alone, as `unit`: what formats for one kind of profile hold. */
function only(profile: Profile, type: string, unit: string): Profile {
  const types = profile.sampleTypes.length;
  const chosen = defaultTypeIndex(profile);
  // Below a million, so that sums are exact in each of the units between.
  const values = Float64Array.from({ length: sampleCount(profile) }, (_, i) =>
    Math.trunc((profile.values[i * types + chosen] ?? 0) % 1e6),
  );
  return { ...profile, sampleTypes: [{ type, unit }], defaultSampleType: type, values, exactValues: undefined };
}

/** By stack of functions with their definitions: the sum of what is above zero. */
function costs(profile: Profile, type: number): Map<string, number> {
  const { functionStartLines: starts } = profile;
  const found = new Map<string, number>();
  const types = profile.sampleTypes.length;
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = profile.values[i * types + type] ?? 0;
    const frames: string[] = [];
    for (const l of profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1]))
      for (let k = profile.lineStarts[l] ?? 0; k < (profile.lineStarts[l + 1] ?? 0); k++) {
        const f = profile.lineFunctions[k] ?? 0;
        frames.push(`${profile.functionNames[f] || '<unknown>'} ${profile.functionFiles[f]}:${starts[f]}`);
      }
    // What has no stack is V8's root alone.
    if (value > 0 && frames.length > 0 && frames[0] !== '(root) :0')
      found.set(frames.join(';'), (found.get(frames.join(';')) ?? 0) + value);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const formats: Format[] = [
  {
    name: 'cpuprofile',
    fits: profile => only(profile, 'wall', 'microseconds'),
    there: profile => JSON.stringify(toCpuProfile(profile)),
    back: text => fromJson(JSON.parse(text)),
    kept: profile => {
      const nanos = profile.sampleTypes.length === 2;
      return [...costs(profile, nanos ? 1 : 0)].map(([stack, value]) => [stack, nanos ? value / 1000 : value]);
    },
  },
  {
    name: 'heapprofile',
    fits: profile => only(profile, 'inuse_space', 'bytes'),
    there: profile => JSON.stringify(toHeapProfile(profile)),
    back: text => fromJson(JSON.parse(text)),
    kept: profile => [...costs(profile, profile.sampleTypes.length - 1)],
  },
  {
    name: 'json',
    there: profile => JSON.stringify(toJson(profile)),
    back: text => fromJson(JSON.parse(text)),
    kept: profile => ({
      head: [
        profile.sampleTypes,
        profile.defaultSampleType,
        profile.period,
        profile.timeNanos,
        profile.durationNanos,
        profile.comments,
      ],
      samples: plain(profile).map(({ stack, values, labels }) => ({
        stack: stack.flatMap(({ lines }) => lines),
        values: values.map(Number),
        labels,
      })),
    }),
  },
  {
    name: 'speedscope',
    there: profile => JSON.stringify(toSpeedscope(profile, 'test')),
    back: text => fromJson(JSON.parse(text)),
    kept: profile => ({
      stacks: stacks(profile, ({ name, file, line, column }) => [name || '<unknown>', file, line, column]),
      types: profile.sampleTypes.map(({ type }) => type),
    }),
  },
  ...[60, 55, 59, 66].map(
    (version): Format => ({
      name: `firefox, version ${version}`,
      fits: profile => only(profile, 'wall', 'microseconds'),
      there: profile => JSON.stringify(inVersion(version, toFirefox(profile, 'test'))),
      back: text => fromJson(JSON.parse(text)),
      kept: profile => {
        const wall = profile.sampleTypes.length - 1;
        const sums = new Map<string, number>();
        const all = stacks(profile, ({ name, file, line, column }) => [name || '<unknown>', file, line, column]);
        for (const { stack, values } of all) {
          const value = (values[wall] ?? 0) / (wall === 0 ? 1 : 1000);
          if (value > 0 && stack.length > 0)
            sums.set(JSON.stringify(stack), (sums.get(JSON.stringify(stack)) ?? 0) + value);
        }
        const definitions = [...costs(profile, wall)].map(([stack, value]) => [
          stack,
          wall === 0 ? value : value / 1000,
        ]);
        return { stacks: [...sums].sort(([a], [b]) => (a < b ? -1 : 1)), definitions };
      },
    }),
  ),
  {
    name: 'collapsed',
    there: profile => toCollapsed(profile, 0),
    back: text => fromCollapsed(text),
    kept: profile => summed(stacks(profile, ({ name }) => printable(name.replace(/[;\n\r]/g, ':')) || '<unknown>')),
  },
];

/** What `toFirefox` wrote, as another version of the format has it (docs-developer/CHANGELOG-formats.md in firefox-devtools/profiler). */
function inVersion(version: number, written: object): object {
  const file = JSON.parse(JSON.stringify(written));
  const { shared, threads } = file;
  const { stackTable, funcTable, sources } = shared;
  file.meta.preprocessedProfileVersion = version;
  if (version >= 66) {
    stackTable.prefixOffset = stackTable.prefix.map((prefix: number | null, i: number) =>
      prefix === null ? 0 : i - prefix,
    );
    delete stackTable.prefix;
    for (const { samples } of threads) {
      samples.timeDeltas = samples.time.map((time: number, i: number) => time - (samples.time[i - 1] ?? 0));
      delete samples.time;
    }
  }
  if (version < 58) {
    funcTable.fileName = funcTable.source.map((source: number | null) =>
      source === null ? null : sources.filename[source],
    );
    delete funcTable.source;
    delete shared.sources;
  }
  const own = ['stackTable', 'frameTable', 'funcTable', 'resourceTable', 'nativeSymbols', 'stringArray'];
  if (version < 60)
    for (const name of own.slice(0, version < 56 ? 6 : 5)) {
      for (const thread of threads) thread[name] = shared[name];
      delete shared[name];
    }
  if (version < 56) delete file.shared;
  return file;
}

for (const format of formats) {
  test(`${format.name}: out and in again`, () => {
    let compared = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomProfile(seed);
      const profile = format.fits?.(random) ?? random;
      // A location without lines has no name that a reader could have.
      if (plain(profile).some(({ stack }) => stack.some(({ lines }) => lines.length === 0))) continue;
      const again = format.back(format.there(profile));
      assertConsistent(again);
      assert.deepEqual(format.kept(again), format.kept(profile), `seed ${seed}`);
      compared++;
    }
    assert.ok(compared > 50, String(compared));
  });

  test(`${format.name}: damaged text is read or refused in words`, () => {
    const random = randomFrom(9);
    const whole = randomProfile(7);
    const text = format.there(format.fits?.(whole) ?? whole);
    for (let round = 0; round < 500; round++) {
      const at = Math.floor(random() * text.length);
      const damaged = text.slice(0, at) + text.slice(at + Math.floor(random() * 30));
      try {
        assertConsistent(format.back(damaged));
      } catch (error) {
        assert.ok(error instanceof NopsError || error instanceof SyntaxError, String(error));
      }
    }
  });
}

/** Values of JSON replaced at random by others, at any depth: shapes that no importer expects. */
function mutate(value: unknown, random: () => number): unknown {
  const others: unknown[] = [null, -1, 1e300, 2 ** 40, '', 'x', [], {}, true, Number.NaN, [[[]]], 4294967295];
  if (random() < 0.02) return others[Math.floor(random() * others.length)];
  if (Array.isArray(value)) {
    const items = value.map(item => mutate(item, random));
    return random() < 0.05 ? items.slice(Math.floor(random() * items.length)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(() => random() > 0.01);
  return Object.fromEntries(kept.map(([key, of]) => [key, mutate(of, random)]));
}

/** With enough samples that cost time for a damage to meet one. */
function busyProfile(): Profile {
  const all = Array.from({ length: 50 }, (_, seed) => only(randomProfile(seed), 'wall', 'microseconds'));
  const busy = all.find(profile => profile.values.filter(value => value > 0).length > 10 && profile.stacks.length > 20);
  assert.ok(busy !== undefined);
  return busy;
}

const seeds: [string, () => unknown][] = [
  ['cpuprofile', () => toCpuProfile(only(randomProfile(5), 'wall', 'microseconds'))],
  ['heapprofile', () => toHeapProfile(only(randomProfile(5), 'inuse_space', 'bytes'))],
  ['firefox', () => toFirefox(busyProfile(), 'test')],
  ['firefox, version 55', () => inVersion(55, toFirefox(busyProfile(), 'test'))],
  ['speedscope', () => toSpeedscope(randomProfile(5), 'test')],
  ['nops.profile/1', () => toJson(randomProfile(5))],
  ['out of memory', () => JSON.parse(readFileSync(oomFile, 'utf8'))],
  ['trace', () => traceOf(toCpuProfile(only(randomProfile(5), 'wall', 'microseconds')))],
];

/** As V8 streams it into a trace. */
function traceOf({ nodes, samples, timeDeltas, startTime }: CpuProfile): object {
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child): [number, number] => [child, id])),
  );
  const place = { pid: 1, tid: 1, id: '0x1', ph: 'P' };
  const chunk = nodes.map(({ id, callFrame }) => ({
    id,
    callFrame,
    ...(parents.has(id) ? { parent: parents.get(id) } : {}),
  }));
  return {
    traceEvents: [
      { ...place, name: 'Profile', args: { data: { startTime } } },
      { ...place, name: 'ProfileChunk', args: { data: { cpuProfile: { nodes: chunk, samples }, timeDeltas } } },
    ],
  };
}

for (const [name, make] of seeds) {
  test(`${name}: with values of other kinds in it, it is read as a whole profile or refused in words`, () => {
    const whole = make();
    const outcomes = { read: 0, refused: 0 };
    assertConsistent(fromJson(whole));
    for (let seed = 1; seed <= 400; seed++) {
      try {
        const profile = fromJson(mutate(whole, randomFrom(seed)));
        assertConsistent(profile);
        topEntries(profile, { limit: 3 });
        encodeProfile(profile);
        outcomes.read++;
      } catch (error) {
        assert.ok(
          error instanceof NopsError && error.code === 'usage',
          `seed ${seed}: ${error instanceof Error ? error.stack : ''}`,
        );
        outcomes.refused++;
      }
    }
    assert.ok(outcomes.read > 5 && outcomes.refused > 5, JSON.stringify(outcomes));
  });
}

test('deep and cyclic trees end, in a time that their size bounds', () => {
  const deep = 50_000;
  const frame = { functionName: 'f', url: '', lineNumber: 0, columnNumber: 0 };
  const chain = Array.from({ length: deep }, (_, i) => ({
    id: i + 1,
    callFrame: frame,
    children: i + 1 < deep ? [i + 2] : [],
  }));
  const cyclic = chain.map(node => ({ ...node, children: [(node.id % deep) + 1] }));
  const samples = Array.from({ length: 2000 }, (_, i) => deep - i);
  const head = { startTime: 0, endTime: 2000, samples, timeDeltas: samples.map(() => 1) };
  // The samples' frames together are more than is taken.
  assert.throws(() => fromJson({ ...head, nodes: chain }), /have more than 33554432 frames/);
  assertConsistent(fromJson({ ...head, nodes: cyclic, samples: [1, 1], timeDeltas: [1, 1] }));
  let tree: { callFrame: object; selfSize: number; id: number; children: object[] } = {
    callFrame: frame,
    selfSize: 1,
    id: 0,
    children: [],
  };
  for (let id = 1; id < deep; id++) tree = { callFrame: frame, selfSize: 0, id, children: [tree] };
  assertConsistent(fromJson({ head: tree }));
});

test('V8’s own profiles are known by what is in them', async () => {
  const cpu = await recordCpu(async () => {
    const end = performance.now() + 50;
    while (performance.now() < end) JSON.parse('[1,2,3]');
  }, 1000);
  const fromCpu = fromJson(JSON.parse(JSON.stringify(cpu)));
  assertConsistent(fromCpu);
  assert.ok(totalOf(fromCpu, 1) > 0);
  const kept: string[] = [];
  const heap = recordHeap(() => {
    for (let i = 0; i < 20_000; i++) kept.push(`${i}`.padEnd(100));
  }, 4096);
  const fromHeap = fromJson(JSON.parse(JSON.stringify(heap)));
  assertConsistent(fromHeap);
  assert.ok(sampleCount(fromHeap) > 0 && kept.length > 0);
});

test('other JSON and text are refused', () => {
  for (const value of [
    null,
    1,
    [],
    {},
    { nodes: 1, startTime: 0, endTime: 1 },
    { shared: {}, profiles: [] },
    { head: 3 },
  ])
    assert.throws(() => fromJson(value), NopsError, JSON.stringify(value));
  assert.throws(() => fromCollapsed('main;f 1\nno number\n'), /line 2 is no collapsed stack/);
});

test('what V8 exports near the heap limit', () => {
  const tree = JSON.parse(readFileSync(oomFile, 'utf8'));
  const profile = fromJson(tree);
  assertConsistent(profile);
  /** All of the tree, added up by itself. */
  const sum = (node: typeof tree): number =>
    node.allocations.reduce((all: number, { sizeBytes, count }: typeof tree) => all + sizeBytes * count, 0) +
    node.children.reduce((all: number, child: typeof tree) => all + sum(child), 0);
  assert.ok(sum(tree) > 1e6);
  assert.equal(totalOf(profile, 1), sum(tree));
  const hoard = topEntries(profile, { limit: 100 }).entries.find(entry => entry.function === 'hoard');
  assert.equal(hoard?.file, '/srv/app/hoard.mjs');
  assert.ok(hoard.cumPercent > 90, String(hoard.cumPercent));
});

const burning = `function inner(n) { let x = 0; for (let i = 0; i < n; i++) x += Math.sqrt(i); return x; }
function outer() { return inner(1e6); }
const end = Date.now() + 300;
while (Date.now() < end) outer();`;

for (const version of nodeVersions) {
  const path = nodeBinary(version) ?? '';
  test(`the CPU samples in a trace of Node ${version} are those of its own profile`, t => {
    const folder = mkdtempSync(join(tmpdir(), 'nops-trace-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'burn.mjs'), burning);
    const args = [
      '--cpu-prof',
      '--cpu-prof-name=own.cpuprofile',
      '--trace-event-categories',
      'disabled-by-default-v8.cpu_profiler',
    ];
    const ended = spawnSync(path, [...args, 'burn.mjs'], { cwd: folder, encoding: 'utf8', timeout: 30_000 });
    assert.equal(ended.status, 0, ended.stderr);
    const read = (name: string) => fromJson(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    const [own, traced] = [read('own.cpuprofile'), read('node_trace.1.log')];
    assertConsistent(traced);
    // The trace has a second profiler of the same thread, which looks more often: it is taken, and alone.
    assert.ok(totalOf(traced, 0) > totalOf(own, 0));
    assert.ok(totalOf(own, 1) > 2e8);
    assert.ok(Math.abs(totalOf(traced, 1) / totalOf(own, 1) - 1) < 0.8, `${totalOf(traced, 1)} of ${totalOf(own, 1)}`);
    // Whichever function V8 gives its loop to when it inlines.
    const shareOf = (profile: Profile) =>
      topEntries(profile, { limit: 1000 })
        .entries.filter(({ file }) => file === join(folder, 'burn.mjs'))
        .reduce((sum, { flatPercent }) => sum + flatPercent, 0);
    // On a busy machine two profilers don't see the same; but what burns is in both.
    assert.ok(shareOf(own) > 20 && shareOf(traced) > 20, `${shareOf(own)} %, ${shareOf(traced)} %`);
  });
}

test('the Firefox Profiler’s tables lead from each sample to its functions', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const profile = only(randomProfile(seed), 'wall', 'microseconds');
    const { shared, threads, meta } = JSON.parse(JSON.stringify(toFirefox(profile, 'test')));
    assert.equal(meta.preprocessedProfileVersion, 60);
    for (const table of ['stackTable', 'frameTable', 'funcTable', 'sources', 'nativeSymbols', 'resourceTable'])
      for (const [name, column] of Object.entries<unknown[]>(shared[table]))
        if (name !== 'length') assert.equal(column.length, shared[table].length, `${table}.${name}`);
    const [{ samples }] = threads;
    for (const name of ['stack', 'time', 'weight']) assert.equal(samples[name].length, samples.length, name);
    const { stackTable, frameTable, funcTable, sources, stringArray } = shared;
    const found = new Map<string, number>();
    for (const [at, leaf] of samples.stack.entries()) {
      const frames: string[] = [];
      for (let stack = leaf; stack !== null; stack = stackTable.prefix[stack]) {
        assert.ok(stackTable.prefix[stack] === null || stackTable.prefix[stack] < stack);
        const func = frameTable.func[stackTable.frame[stack]];
        const source = funcTable.source[func];
        const file = source === null ? '' : stringArray[sources.filename[source]];
        const name = stringArray[funcTable.name[func]];
        if (!/^0x[0-9a-f]+$/.test(name)) frames.push(`${name} ${file}:${funcTable.lineNumber[func] ?? 0}`);
      }
      const key = frames.join(';');
      if (key !== '') found.set(key, (found.get(key) ?? 0) + Math.round(samples.weight[at] * 1000));
    }
    assert.deepEqual(new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1))), costs(profile, 0), `seed ${seed}`);
  }
});

test('every format of the table writes a profile of times, or says why it can’t', () => {
  const profile = busyProfile();
  for (const name of formatNames) {
    const format: Writer = writers[name];
    const write = () => format.write(profile, 'test');
    if (name === 'heapprofile')
      assert.throws(write, /this format has bytes, and wall of this profile is measured in microseconds/);
    else assert.ok(write().length > 0, name);
  }
  const bytes = only(randomProfile(3), 'inuse_space', 'bytes');
  assert.throws(() => writers.cpuprofile.write(bytes), /inuse_space of this profile is measured in bytes/);
});
