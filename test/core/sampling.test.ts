/** Sampled windows: decoded, laid side by side, cut to a range and summed up, against a slow obvious twin on random ones. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CpuProfile } from '@nops/core/profile/formats/from-cpuprofile';
import { isOverBudget, restartHz, type Spent, spentMs } from '@nops/core/profile/sampling/budget';
import { decodeWindow, type SampleWindow } from '@nops/core/profile/sampling/sample-window';
import { StackTotals, sumWindows } from '@nops/core/profile/sampling/stack-totals';
import { StackTree } from '@nops/core/profile/sampling/stack-tree';
import { windowsToCpuProfile } from '@nops/core/profile/sampling/to-cpuprofile';
import { totalsToProfile } from '@nops/core/profile/sampling/to-profile';
import { randomNumbers } from '../support/random.js';

/** Stacks as V8 names them: `main;work;leaf`, its idle, and the profiler's own. */
const stacks = ['main', 'main;work', 'main;work;leaf', 'main;leaf', '(idle)', 'main;nopsProfilerTurn;profile'];

interface Tick {
  time: number;
  stack: string;
}

/** What V8 would report of these ticks between two moments. */
function v8Profile(ticks: Tick[], startTime: number, endTime: number): CpuProfile {
  const nodes: CpuProfile['nodes'] = [{ id: 1, callFrame: frame('(root)'), children: [] }];
  const ids = new Map<string, number>([['', 1]]);
  const idOf = (stack: string): number => {
    const known = ids.get(stack);
    if (known !== undefined) return known;
    const cut = stack.lastIndexOf(';');
    const parent = idOf(cut < 0 ? '' : stack.slice(0, cut));
    const node = { id: nodes.length + 1, callFrame: frame(stack.slice(cut + 1)), children: [] };
    nodes.push(node);
    nodes.find(n => n.id === parent)?.children?.push(node.id);
    ids.set(stack, node.id);
    return node.id;
  };
  let last = startTime;
  const samples: number[] = [];
  const timeDeltas: number[] = [];
  for (const { time, stack } of ticks) {
    samples.push(idOf(stack));
    timeDeltas.push(time - last);
    last = time;
  }
  for (const node of nodes) {
    const hits = samples.filter(id => id === node.id).length;
    if (hits > 0 && node.callFrame.url !== '') node.positionTicks = [{ line: node.id * 10, ticks: hits }];
  }
  return { nodes, startTime, endTime, samples, timeDeltas };
}

function frame(functionName: string): CpuProfile['nodes'][number]['callFrame'] {
  const url = /^[a-z]+$/.test(functionName) && functionName !== 'profile' ? 'file:///app.js' : '';
  return { functionName, url, lineNumber: functionName.length, columnNumber: 0 };
}

interface Chain {
  windows: SampleWindow[];
  ticks: Tick[];
  /** Stretches that were sampled. */
  covered: [from: number, to: number][];
}

/** Windows that overlap by a tick or two, with a gap here and there, over several trees. */
function randomChain(random: (below: number) => number): Chain {
  const chain: Chain = { windows: [], ticks: [], covered: [] };
  let time = 1000;
  let tree = new StackTree();
  for (let run = 0; run < 2; run++) {
    const begin = time;
    const ticks: Tick[] = [];
    for (let n = 0; n < 60; n++) {
      time += 1 + random(40);
      ticks.push({ time, stack: stacks[random(stacks.length)] ?? '' });
    }
    time += 5;
    const ends = [begin + 300, begin + 700, time];
    let from = begin;
    let before: SampleWindow | undefined;
    for (const end of ends) {
      // V8 hands some ticks of the time before to the window that is just being opened.
      const within = ticks.filter(tick => tick.time >= from - 30 && tick.time < end);
      if (random(3) === 0) tree = new StackTree();
      before = decodeWindow(v8Profile(within, Math.max(begin, from - 4), end), { tree, intervalMicros: 20, before });
      chain.windows.push(before);
      from = end;
    }
    chain.ticks.push(...ticks);
    chain.covered.push([begin, time]);
    time += 500;
  }
  return chain;
}

const isOwn = (stack: string) => stack.includes('nopsProfilerTurn');

/** Microsecond by microsecond: the sample that accounts for it. */
function twin({ ticks, covered }: Chain, fromMicros: number, toMicros: number) {
  const micros = new Map<string, number>();
  const hits = new Map<string, number>();
  const app = ticks.filter(tick => !isOwn(tick.stack));
  for (let at = fromMicros; at < toMicros; at++) {
    const run = covered.find(([from, to]) => at >= from && at < to);
    if (run === undefined) continue;
    const ofRun = app.filter(tick => tick.time >= run[0] && tick.time < run[1]);
    // Before the first sample of a run, the first one in or after the range stands for it.
    const last = ofRun.findLast(tick => tick.time <= at) ?? ofRun[0];
    if (last !== undefined) micros.set(last.stack, (micros.get(last.stack) ?? 0) + 1);
  }
  for (const { time, stack } of app)
    if (time >= fromMicros && time < toMicros) hits.set(stack, (hits.get(stack) ?? 0) + 1);
  return { micros, hits };
}

/** Of the sums: `main;work` → value, what is 0 left out. */
function byStack(windows: SampleWindow[], range: { fromMicros: number; toMicros: number }, value: 'micros' | 'hits') {
  const { tree, stacks: sums } = sumWindows(windows, range);
  const path = (node: number) =>
    tree
      .path(node)
      .map(n => tree.frame(n).functionName)
      .reverse()
      .join(';');
  return new Map(
    [...sums]
      .map(([node, total]): [string, number] => [path(node), total[value]])
      .filter(([, sum]) => sum !== 0)
      .sort(),
  );
}

test('any range of any windows: hits and time by stack are those of the slow twin', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomNumbers(seed);
    const chain = randomChain(random);
    const end = (chain.covered.at(-1)?.[1] ?? 0) + 100;
    for (let n = 0; n < 5; n++) {
      const fromMicros = 900 + random(end - 900);
      const toMicros = fromMicros + 1 + random(end - fromMicros);
      const expected = twin(chain, fromMicros, toMicros);
      for (const value of ['micros', 'hits'] as const) {
        const actual = byStack(chain.windows, { fromMicros, toMicros }, value);
        assert.deepEqual(
          actual,
          new Map([...expected[value]].sort()),
          `seed ${seed}, ${value} of ${fromMicros}-${toMicros}`,
        );
      }
    }
  }
});

test('two halves of a range are the whole; what is covered is accounted for to the microsecond', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { windows, covered } = randomChain(randomNumbers(seed));
    const [begin = 0, end = 0] = covered[0] ?? [];
    const middle = Math.round((begin + end) / 2);
    const whole = sumWindows(windows, { fromMicros: begin, toMicros: end });
    const halves = [
      sumWindows(windows, { fromMicros: begin, toMicros: middle }),
      sumWindows(windows, { fromMicros: middle, toMicros: end }),
    ];
    const sum = (totals: typeof whole, value: 'micros' | 'hits') =>
      [...totals.stacks.values()].reduce((all, total) => all + total[value], 0);
    for (const value of ['micros', 'hits'] as const)
      assert.equal(
        halves.reduce((all, half) => all + sum(half, value), 0),
        sum(whole, value),
      );
    assert.equal(whole.coveredMicros, end - begin);
    assert.equal(sum(whole, 'micros'), end - begin, `seed ${seed}`);
    assert.equal(
      halves.reduce((all, half) => all + half.samples, 0),
      whole.samples,
    );
  }
});

test('as a profile: idle and own samples are not in it, and its sums are those of the stacks', () => {
  const { windows, covered } = randomChain(randomNumbers(7));
  const [fromMicros = 0, toMicros = 0] = covered[0] ?? [];
  const totals = sumWindows(windows, { fromMicros, toMicros });
  const profile = totalsToProfile([{ totals, labels: [{ key: 'thread', text: 'main' }] }], {
    startedAtMs: 0,
    durationMicros: toMicros - fromMicros,
    intervalMicros: 20,
    comments: [],
  });
  assert.deepEqual(profile.labels, [{ key: 'thread', text: 'main' }]);
  assert.deepEqual([...new Set(profile.functionNames)].sort(), ['leaf', 'main', 'work']);
  let hits = 0;
  let nanos = 0;
  for (let i = 0; i < profile.values.length; i += 2) {
    hits += profile.values[i] ?? 0;
    nanos += profile.values[i + 1] ?? 0;
  }
  const idle = [...totals.stacks].find(([node]) => totals.tree.kind(node) === 'idle')?.[1];
  assert.ok(idle !== undefined && idle.hits > 0);
  assert.equal(hits, totals.samples - idle.hits);
  assert.equal(nanos, (totals.coveredMicros - totals.idleMicros) * 1000);
  // Lines are those that were hit in the leaf, tens of node ids here.
  assert.ok([...profile.lines].some(line => line >= 20 && line % 10 === 0));
});

test('sums of several threads in one are those of each', () => {
  const random = randomNumbers(11);
  const range = { fromMicros: 0, toMicros: Number.POSITIVE_INFINITY };
  const threads = Array.from({ length: 3 }, () => sumWindows(randomChain(random).windows, range));
  const all = new StackTotals(range);
  for (const thread of threads) all.absorb(thread);
  all.finish();
  const sum = (of: (totals: StackTotals) => number) => threads.reduce((total, thread) => total + of(thread), 0);
  for (const key of ['samples', 'ownSamples', 'idleMicros', 'coveredMicros', 'missed'] as const) {
    assert.equal(
      all[key],
      sum(totals => totals[key]),
      key,
    );
  }
  const named = ({ tree, stacks: sums }: StackTotals) =>
    [...sums].map(([node, { hits, micros }]) => ({
      path: tree
        .path(node)
        .map(n => tree.frame(n).functionName)
        .join(';'),
      hits,
      micros,
    }));
  for (const { path, hits, micros } of named(all)) {
    const each = threads.flatMap(thread => named(thread).filter(other => other.path === path));
    assert.equal(
      hits,
      each.reduce((total, one) => total + one.hits, 0),
      path,
    );
    assert.equal(
      micros,
      each.reduce((total, one) => total + one.micros, 0),
      path,
    );
  }
});

test('as a .cpuprofile: the times of the samples stay', () => {
  const { windows, covered, ticks } = randomChain(randomNumbers(3));
  const [fromMicros = 0, toMicros = 0] = covered[0] ?? [];
  const cpu = windowsToCpuProfile(windows, { fromMicros, toMicros });
  let time = cpu.startTime;
  const times = (cpu.timeDeltas ?? []).map(delta => {
    time += delta;
    return time;
  });
  const expected = ticks.filter(tick => !isOwn(tick.stack) && tick.time >= fromMicros && tick.time < toMicros);
  assert.deepEqual(
    times,
    expected.map(tick => tick.time),
  );
  const names = new Map(cpu.nodes.map(node => [node.id, node.callFrame.functionName]));
  assert.deepEqual(
    (cpu.samples ?? []).map(id => names.get(id)),
    expected.map(tick => tick.stack.split(';').at(-1)),
  );
});

test('the governor: off before any ten seconds go over the budget, whatever the windows cost', () => {
  const budget = { percent: 2 };
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomNumbers(seed);
    const dear = 5 + random(60);
    const spent: Spent[] = [];
    let atMs = 0;
    for (let n = 0; n < 60 && !isOverBudget(spent, budget); n++) {
      atMs += 1000;
      spent.push({ atMs, cpuMs: dear });
    }
    // The twin: every span of ten seconds, one by one.
    const most = Math.max(
      ...spent.map(({ atMs: until }) =>
        spent.filter(s => s.atMs > until - 10_000 && s.atMs <= until).reduce((sum, s) => sum + s.cpuMs, 0),
      ),
    );
    // What a single window costs can't be taken back.
    assert.ok(most <= Math.max(200, dear), `${dear} ms a second: ${most}`);
    assert.equal(spent.length === 60, dear <= 20, `${dear} ms a second ran for ${spent.length} s`);
  }
});

test('the governor: what is old does not count, and a new start is one that would have fitted', () => {
  const spent = Array.from({ length: 10 }, (_, n) => ({ atMs: 1000 * (n + 1), cpuMs: 40 }));
  assert.equal(spentMs(spent, 10_000), 400);
  assert.equal(spentMs(spent, 15_000), 200);
  assert.equal(spentMs(spent, 60_000), 0);
  // 4 % at 100 Hz: 2 % would be 50, and it aims at three quarters of that.
  assert.equal(restartHz(100, spent, { percent: 2 }), 37);
  assert.equal(restartHz(100, spent, { percent: 50 }), 100);
  assert.equal(restartHz(100, spent, { percent: 0.1 }), undefined);
});
