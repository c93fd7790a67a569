/** V8's CPU profile → Profile: no time is lost or invented, and what is not the app's is left out. */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CpuProfile, type CpuProfileNode, fromCpuProfile } from '@nops/core/profile/formats/from-cpuprofile';
import type { Profile } from '@nops/core/profile/model';
import { callFrame } from '@nops/core/profile/v8-frame';
import { recordCpu } from './inspect.js';
import { assertConsistent, samplesOf, totalOf } from './profiles.js';

const options = { startedAtMs: 1_700_000_000_000, intervalMicros: 1000 };

/** Nanoseconds until the next sample (the end for the last), of the nodes that `counts` takes. The deltas are not negative. */
function v8Nanos(cpu: CpuProfile, counts: (node: CpuProfileNode) => boolean): number {
  const samples = cpu.samples ?? [];
  const times = (cpu.timeDeltas ?? []).map((_, i, all) => all.slice(0, i + 1).reduce((a, b) => a + b, cpu.startTime));
  const chosen = new Set(cpu.nodes.filter(counts).map(node => node.id));
  return samples.reduce((sum, id, i) => {
    const nanos = ((times[i + 1] ?? Math.max(cpu.endTime, times[i] ?? 0)) - (times[i] ?? 0)) * 1000;
    return chosen.has(id) ? sum + Math.max(0, nanos) : sum;
  }, 0);
}

const isIdle = ({ callFrame }: CpuProfileNode) => callFrame.functionName === '(idle)';
const isProfilers = ({ callFrame }: CpuProfileNode) =>
  callFrame.url === '' && ['profile', 'profileEnd'].includes(callFrame.functionName);

function burn(ms: number): number {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}

let recorded: CpuProfile;
let imported: Profile;

before(async () => {
  recorded = await recordCpu(async () => {
    burn(150);
    await sleep(150);
    burn(150);
  }, 1000);
  imported = fromCpuProfile(recorded, { ...options, comments: ['of a test'] });
});

test('a real profile: its time is V8’s, without idle and without the profiler’s own', () => {
  assertConsistent(imported);
  const expected = v8Nanos(recorded, node => !isIdle(node) && !isProfilers(node));
  assert.ok(expected > 0);
  assert.ok(Math.abs(totalOf(imported, 1) - expected) < imported.values.length, `${totalOf(imported, 1)} ${expected}`);
  const left = new Set(recorded.nodes.filter(n => isIdle(n) || isProfilers(n)).map(n => n.id));
  assert.equal(totalOf(imported, 0), (recorded.samples ?? []).filter(id => !left.has(id)).length);
});

test('a real profile: idle was there and is gone, and so is the profiler’s own', () => {
  assert.ok(recorded.nodes.some(isIdle));
  for (const name of ['(idle)', '(root)', 'profile', 'profileEnd'])
    assert.ok(!imported.functionNames.includes(name), name);
});

test('a real profile: the busy function has its file, its definition and its hot lines', () => {
  const f = imported.functionNames.indexOf('burn');
  assert.match(imported.functionFiles[f] ?? '', /^\/.*from-cpuprofile\.test\.(js|ts)$/);
  const node = recorded.nodes.find(n => n.callFrame.functionName === 'burn');
  assert.equal(imported.functionStartLines[f], (node?.callFrame.lineNumber ?? 0) + 1);
  const hot = recorded.nodes
    .filter(n => n.callFrame.functionName === 'burn')
    .flatMap(n => (n.positionTicks ?? []).map(t => t.line));
  const leaves = samplesOf(imported).flatMap(({ stack }) => (stack[0]?.startsWith('burn:') ? [stack[0]] : []));
  assert.deepEqual(new Set(leaves), new Set(hot.map(line => `burn:${line}`)));
});

test('a real profile: head and comments', () => {
  assert.equal(imported.timeNanos, 1_700_000_000_000_000_000n);
  assert.equal(imported.durationNanos, (recorded.endTime - recorded.startTime) * 1000);
  assert.deepEqual({ period: imported.period, type: imported.periodType.type }, { period: 1e6, type: 'wall' });
  const seconds = (nanos: number) => (nanos / 1e9).toFixed(2);
  const idle = seconds(v8Nanos(recorded, isIdle));
  assert.ok(Number(idle) > 0);
  assert.deepEqual(imported.comments, [
    `idle: ${idle} of ${seconds(imported.durationNanos)} s waiting for events, not in the samples`,
    'of a test',
  ]);
});

/**
 * A profile from a drawing: columns are samples a millisecond apart, rows go from the outermost function inwards, `.` is none. The
 * function in row r is defined in line 10·(r + 1).
 */
function draw(text: string): CpuProfile {
  const rows = text
    .trim()
    .split('\n')
    .map(row => row.trim().split(/\s+/));
  const root: CpuProfileNode = { id: 1, callFrame: frame('(root)', '', -1), children: [] };
  const nodes = [root];
  const samples = (rows[0] ?? []).map((_, column) => {
    let at = root;
    for (const [depth, row] of rows.entries()) {
      const name = row[column] ?? '.';
      if (name !== '.') at = childOf(nodes, at, name, depth);
    }
    return at.id;
  });
  return { nodes, startTime: 0, endTime: (samples.length + 1) * 1000, samples, timeDeltas: samples.map(() => 1000) };
}

function childOf(nodes: CpuProfileNode[], parent: CpuProfileNode, name: string, depth: number): CpuProfileNode {
  const known = nodes.find(n => parent.children?.includes(n.id) && n.callFrame.functionName === name);
  if (known !== undefined) return known;
  const isNative = name.startsWith('(') || name.startsWith('profile');
  const node = {
    id: nodes.length + 1,
    callFrame: isNative ? frame(name, '', -1) : frame(name, 'file:///srv/my%20app.js', 10 * (depth + 1) - 1),
    children: [],
  };
  nodes.push(node);
  parent.children?.push(node.id);
  return node;
}

function frame(functionName: string, url: string, lineNumber: number) {
  return { functionName, url, lineNumber, columnNumber: lineNumber < 0 ? -1 : 4 };
}

function nodeNamed(cpu: CpuProfile, name: string): CpuProfileNode {
  const node = cpu.nodes.find(n => n.callFrame.functionName === name);
  assert.ok(node !== undefined);
  return node;
}

test('a drawn profile: stacks leaf first, idle and the profiler dropped, garbage collection kept', () => {
  const profile = fromCpuProfile(
    draw(`
      profile  main  main  (idle)  (garbage)  main  profileEnd
      .        read  read  .       .          .     .
      .        .     parse .       .          .     .
    `),
    options,
  );
  assert.deepEqual(
    new Set(samplesOf(profile).map(({ stack, values }) => `${stack.join(' < ')} = ${values.join()}`)),
    new Set([
      'read:20 < main:10 = 1,1000000',
      'parse:30 < read:20 < main:10 = 1,1000000',
      '(garbage):0 = 1,1000000',
      'main:10 = 1,1000000',
    ]),
  );
  assert.ok(profile.functionFiles.includes('/srv/my app.js'));
});

test('a function of the app that is called profile is the app’s', () => {
  const cpu = draw('main\nwork');
  nodeNamed(cpu, 'work').callFrame.functionName = 'profile';
  assert.deepEqual(
    samplesOf(fromCpuProfile(cpu, options)).map(({ stack }) => stack),
    [['profile:20', 'main:10']],
  );
});

test('a leaf is split by its lines, and no tick or nanosecond is lost', () => {
  for (let ticks = 1; ticks <= 12; ticks++) {
    const cpu = draw(`main ${'main '.repeat(6)}\nwork ${'work '.repeat(6)}`);
    cpu.timeDeltas = [1000, 333, 334, 1, 7, 999, 1001];
    cpu.endTime = 5001;
    nodeNamed(cpu, 'work').positionTicks = [
      { line: 21, ticks: 1 },
      { line: 22, ticks },
      { line: 23, ticks: 3 },
      { line: 0, ticks: 5 },
    ];
    const profile = fromCpuProfile(cpu, options);
    assert.deepEqual(
      samplesOf(profile).map(({ stack }) => stack),
      [
        ['work:21', 'main:10'],
        ['work:22', 'main:10'],
        ['work:23', 'main:10'],
      ],
    );
    assert.deepEqual([totalOf(profile, 0), totalOf(profile, 1)], [7, 4_001_000]);
    const shares = samplesOf(profile).map(({ values }) => (values[1] ?? 0) / 4_001_000);
    for (const [i, share] of [1, ticks, 3].map(t => t / (4 + ticks)).entries())
      assert.ok(Math.abs((shares[i] ?? 0) - share) < 1e-5, `${shares} of ${ticks}`);
  }
});

test('ticks without a known line leave the leaf whole, at its definition', () => {
  const cpu = draw('main');
  nodeNamed(cpu, 'main').positionTicks = [{ line: 0, ticks: 1 }];
  assert.deepEqual(samplesOf(fromCpuProfile(cpu, options)), [{ stack: ['main:10'], values: [1, 1_000_000] }]);
});

test('anonymous functions and broken URLs have a name all the same', () => {
  const cpu = draw('main');
  nodeNamed(cpu, 'main').callFrame = frame('', 'file:///srv/%zz.js', 0);
  const profile = fromCpuProfile(cpu, options);
  assert.deepEqual([profile.functionNames, profile.functionFiles], [['(anonymous)'], ['file:///srv/%zz.js']]);
});

test('a clock that went back takes no time away from others', () => {
  const cpu = draw('a b c');
  cpu.timeDeltas = [1000, -10, 1010];
  const profile = fromCpuProfile(cpu, options);
  assert.deepEqual(
    samplesOf(profile).map(({ stack, values }) => [stack[0], values[1]]),
    [
      ['a:10', 0],
      ['b:10', 1_010_000],
      ['c:10', 2_000_000],
    ],
  );
});

test('a profile without samples is an empty one', () => {
  const { nodes, startTime, endTime } = draw('main');
  const profile = fromCpuProfile({ nodes, startTime, endTime }, options);
  assert.deepEqual(samplesOf(profile), []);
  assert.match(profile.comments[0] ?? '', /^idle: 0\.00 of 0\.00 s/);
});

test('a half of a surrogate pair in a file’s name is no reason to fail', () => {
  assert.equal(callFrame('f', '/srv/a\ud800.js', 1, 1).url, 'file:///srv/a%EF%BF%BD.js');
});
