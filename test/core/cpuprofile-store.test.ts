/** Reading a `.cpuprofile` as its bytes arrive, against the reader of whole ones; its samples in time, and what is damaged. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxAt, rowOf } from '@nops/core/profile/flame/view';
import { type CpuProfile, type CpuProfileNode, fromCpuProfile } from '@nops/core/profile/formats/from-cpuprofile';
import { type Query, QueryEngine } from '@nops/core/profile/query/engine';
import { CpuProfileScanner } from '@nops/core/profile/query/scan-cpuprofile';
import type { SampleStore } from '@nops/core/profile/query/store';
import { storeOfCpuProfile } from '@nops/core/profile/query/store-of-cpuprofile';
import { storeOfProfile } from '@nops/core/profile/query/store-of-profile';
import { randomNumbers } from '../support/random.js';

const plain: Query = { type: 1, filters: [], by: 'function', rootLabels: [], time: undefined, compare: undefined };

function scan(text: string | Uint8Array, chunkBytes = 1000): SampleStore {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const scanner = new CpuProfileScanner();
  for (let at = 0; at < bytes.length; at += chunkBytes) scanner.write(bytes.subarray(at, at + chunkBytes));
  return storeOfCpuProfile(scanner.finish());
}

const names = ['', 'main', 'a"quoted"\\name', 'ünï💥', '</script>', '(garbage collector)', 'esc\u0007ape'];

function randomCpuProfile(seed: number): CpuProfile {
  const random = randomNumbers(seed);
  const node = (id: number, functionName: string, url: string): CpuProfileNode => ({
    id,
    callFrame: { functionName, url, lineNumber: url === '' ? -1 : random(5), columnNumber: 3 },
  });
  const nodes = [node(1, '(root)', ''), node(2, '(idle)', ''), node(3, 'profileEnd', '')];
  const [root] = nodes;
  if (root !== undefined) root.children = [2, 3];
  for (let id = 4; id < 40; id++) {
    const parent = nodes[random(4) === 0 ? 0 : random(nodes.length - 3) + 3] ?? nodes[0];
    const own = node(id, names[random(names.length)] ?? '', random(3) === 0 ? '' : `file:///srv/f%20${random(3)}.js`);
    if (random(2) === 0)
      own.positionTicks = [
        { line: 2, ticks: 1 + random(5) },
        { line: 9, ticks: 1 + random(5) },
      ];
    nodes.push(own);
    if (parent !== undefined) parent.children = [...(parent.children ?? []), id];
  }
  const samples = Array.from({ length: 300 }, () => 2 + random(38));
  const timeDeltas = samples.map(() => random(400) - 3);
  const endTime = 1000 + timeDeltas.reduce((sum, delta) => sum + delta, 0) + 50;
  return { nodes, startTime: 1000, endTime, samples, timeDeltas };
}

test('every function costs what it does when the file is read as a whole, wherever its bytes are cut', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const cpu = randomCpuProfile(seed);
    const whole = new QueryEngine(storeOfProfile(fromCpuProfile(cpu, { startedAtMs: 0, intervalMicros: 100 })));
    const parts = new QueryEngine(scan(JSON.stringify(cpu, null, seed % 3), 1 + (seed % 7) * 13));
    for (const type of [0, 1]) {
      const costs = ({ store, ...engine }: QueryEngine, of: QueryEngine) => {
        void engine;
        const { selfs, totals, total } = of.costs({ ...plain, type });
        const rows = store.frames.names.map((name, g) => [`${name} ${store.frames.files[g]}`, selfs[g], totals[g]]);
        return { total, rows: rows.filter(row => row[2] !== 0).sort() };
      };
      assert.deepEqual(costs(parts, parts), costs(whole, whole));
    }
    assert.deepEqual(parts.store.comments, whole.store.comments);
    const hits = (engine: QueryEngine, g: number) =>
      engine.lines({ ...plain, type: 0 }, g).map(({ line, self }) => [line, self]);
    for (const [g, name] of parts.store.frames.names.entries()) {
      const file = parts.store.frames.files[g];
      const other = whole.store.frames.names.findIndex(
        (each, o) => each === name && whole.store.frames.files[o] === file,
      );
      const [own, theirs] = [hits(parts, g), other < 0 ? [] : hits(whole, other)];
      // Shares of a line are whole samples, which can be rounded to either side.
      for (const [line, count] of own) {
        const expected = Number(theirs.find(([each]) => each === line)?.[1] ?? 0);
        assert.ok(Math.abs(Number(count) - expected) <= 4, `${name}:${line}: ${count} and ${expected}`);
      }
    }
  }
});

const tiny: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 5] },
    { id: 2, callFrame: frame('main'), children: [3, 4] },
    { id: 3, callFrame: frame('parse') },
    { id: 4, callFrame: frame('render') },
    { id: 5, callFrame: frame('(idle)') },
  ],
  startTime: 0,
  endTime: 700,
  samples: [3, 3, 4, 5, 3, 2, 4],
  timeDeltas: [0, 100, 100, 100, 100, 100, 100],
};

function frame(functionName: string) {
  return { functionName, url: '', lineNumber: 0, columnNumber: 0 };
}

test('in the order of time, calls last as long as their samples follow each other', () => {
  const engine = new QueryEngine(scan(JSON.stringify(tiny)));
  const { layout, cellNanos } = engine.flame(plain, 'time');
  const nameOf = (box: number) => engine.store.frames.names[layout.groups[box] ?? 0];
  const boxes = Array.from(layout.starts.keys())
    .slice(1)
    .map(
      box => `${rowOf(layout, box)} ${nameOf(box)} ${(layout.starts[box] ?? 0) / 1e5}-${(layout.ends[box] ?? 0) / 1e5}`,
    );
  assert.deepEqual(boxes, ['1 main 0-3', '1 main 4-7', '2 parse 0-2', '2 render 2-3', '2 parse 4-5', '2 render 6-7']);
  assert.equal(cellNanos, 0);
  assert.equal(boxAt(layout, 1, 3.5e5), -1, 'nothing runs while it is idle');
});

test('a range of time chooses the samples that start in it', () => {
  const engine = new QueryEngine(scan(JSON.stringify(tiny)));
  const costs = (from: number, to: number) => engine.costs({ ...plain, time: { from, to } }).total;
  assert.equal(costs(0, 100_000), 100_000);
  assert.equal(costs(100_000, 300_000), 200_000);
  assert.equal(costs(300_000, 400_000), 0);
  assert.equal(costs(0, 1e9), 600_000);
  const part = engine.flame({ ...plain, time: { from: 400_000, to: 700_000 } }, 'time');
  assert.equal(part.originNanos, 400_000);
  assert.equal(part.layout.ends[0], 300_000);
});

test('a selection against the rest: what costs more there, and less', () => {
  const engine = new QueryEngine(scan(JSON.stringify(tiny)));
  const { before, total } = engine.costs({ ...plain, time: { from: 0, to: 200_000 }, compare: 'rest' });
  assert.ok(before !== undefined);
  const of = (name: string) => engine.store.frames.names.indexOf(name);
  assert.deepEqual([total, before.total], [200_000, 400_000]);
  assert.equal(before.totalPoints[of('parse')], 75);
  assert.equal(before.totalPoints[of('render')], -50);
});

test('what is cut off is shown as far as it goes, and said', () => {
  const text = JSON.stringify(tiny);
  const store = scan(text.slice(0, text.indexOf('"timeDeltas"') + 30));
  assert.ok(store.comments.some(comment => comment.startsWith('the file ends early')));
  assert.ok(new QueryEngine(store).costs(plain).total > 0);
  assert.throws(() => scan(text.slice(0, 200)), /ends early, before its samples/);
  assert.throws(() => scan('{"nodes":[{"id":1}],"samples":[]}'), /has no samples/);
  assert.throws(() => scan('{"nodes":[}'), SyntaxError);
});

test('nodes that call each other in a circle are left out, and said', () => {
  const cyclic = structuredClone(tiny);
  cyclic.nodes.push({ id: 6, callFrame: frame('a'), children: [7] }, { id: 7, callFrame: frame('b'), children: [6] });
  cyclic.samples?.push(7);
  cyclic.timeDeltas?.push(100);
  const store = scan(JSON.stringify(cyclic));
  assert.ok(store.comments.includes('2 nodes are left out: no caller leads to them'));
  assert.equal(new QueryEngine(store).costs(plain).total, 600_000);
});

test('a stack of 100,000 frames', () => {
  const depth = 100_000;
  const nodes = Array.from({ length: depth }, (_, i) => ({
    id: i + 1,
    callFrame: frame(i === 0 ? '(root)' : `f${i % 100}`),
    ...(i + 1 < depth ? { children: [i + 2] } : {}),
  }));
  const store = scan(JSON.stringify({ nodes, startTime: 0, endTime: 10, samples: [depth], timeDeltas: [0] }), 1 << 16);
  const engine = new QueryEngine(store);
  for (const kind of ['merged', 'inverted', 'time'] as const)
    assert.equal(engine.flame(plain, kind).layout.rowStarts.length - 2, depth - 1, kind);
  assert.equal(engine.costs({ ...plain, filters: [{ kind: 'collapse', text: '' }] }).total, 10_000);
});
