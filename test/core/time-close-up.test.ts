/** A close-up of the order of time against its slow twin: the boxes of the whole in full detail, one by one. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlameLayout } from '@nops/core/profile/flame/layout';
import { rowOf } from '@nops/core/profile/flame/view';
import type { CpuProfile } from '@nops/core/profile/formats/from-cpuprofile';
import { reshape } from '@nops/core/profile/query/reshape';
import { CpuProfileScanner } from '@nops/core/profile/query/scan-cpuprofile';
import { selectSamples } from '@nops/core/profile/query/select';
import type { SampleStore } from '@nops/core/profile/query/store';
import { storeOfCpuProfile } from '@nops/core/profile/query/store-of-cpuprofile';
import { timeCloseUp, timeOrder } from '@nops/core/profile/query/time-order';
import { randomNumbers } from '../support/random.js';

/** Stacks that share callers for long and short, idle times between, samples of many lengths. */
function randomStore(seed: number): SampleStore {
  const random = randomNumbers(seed);
  const frame = (functionName: string) => ({ functionName, url: '', lineNumber: 0, columnNumber: 0 });
  const nodes = Array.from({ length: 3 + random(12) }, (_, i) => ({
    id: i + 1,
    callFrame: frame(i === 0 ? '(root)' : i === 1 ? '(idle)' : `f${random(5)}`),
    children: [] as number[],
  }));
  for (const { id } of nodes.slice(1)) nodes[id < 4 ? 0 : 1 + random(id - 2)]?.children.push(id);
  const idle = nodes[1];
  nodes[0]?.children.push(...(idle?.children.splice(0) ?? []));
  const count = 1 + random(60);
  const profile: CpuProfile = {
    nodes,
    startTime: 0,
    endTime: 0,
    samples: Array.from({ length: count }, () => (random(6) === 0 ? 2 : 1 + random(nodes.length))),
    timeDeltas: Array.from({ length: count }, () => 10 * random(20)),
  };
  profile.endTime = (profile.timeDeltas ?? []).reduce((a, b) => a + b, 50);
  const scanner = new CpuProfileScanner();
  scanner.write(new TextEncoder().encode(JSON.stringify(profile)));
  return storeOfCpuProfile(scanner.finish());
}

interface Box {
  from: number;
  to: number;
  text: string;
}

/** Each with its callers, so that the same text is the same call. */
function boxesOf(layout: FlameLayout): Box[] {
  const text = (box: number): string => {
    const parent = layout.parents[box] ?? -1;
    return `${parent < 0 ? '' : `${text(parent)} > `}${layout.groups[box]} ${layout.starts[box]}-${layout.ends[box]}`;
  };
  return Array.from(layout.starts, (from, box) => ({
    from,
    to: layout.ends[box] ?? 0,
    text: `${rowOf(layout, box)}: ${text(box)}`,
  }));
}

test('a close-up has every call of its time, exactly as long as it was', () => {
  let compared = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const random = randomNumbers(seed);
    const store = randomStore(seed);
    const shape = reshape(store, { filters: [], by: 'function', rootLabels: [] });
    const span = store.durationNanos;
    // Also within a selected time, which calls are cut at.
    const time = seed % 3 === 0 ? { from: random(span / 2), to: span / 2 + random(span / 2) } : undefined;
    const selection = selectSamples(store, { time });
    const whole = boxesOf(timeOrder(store, shape, 1, selection).layout);
    const all = new Set(whole.map(({ text }) => text));
    for (let i = 0; i < 8; i++) {
      const from = random(span);
      const window = { from, to: from + random(span / 4) };
      const { layout, cellNanos } = timeCloseUp(store, shape, 1, selection, window);
      assert.equal(cellNanos, 0);
      const close = boxesOf(layout).map(({ text }) => text);
      assert.equal(new Set(close).size, close.length);
      for (const text of close) assert.ok(all.has(text), `seed ${seed}: ${text} is no call of the whole`);
      for (const { from, to, text } of whole) {
        if (to <= window.from || from >= window.to) continue;
        assert.ok(close.includes(text), `seed ${seed}: ${text} is missing between ${window.from} and ${window.to}`);
        compared++;
      }
    }
  }
  assert.ok(compared > 5000, `${compared}`);
});

test('what is shown in cells has every call when one looks closer', () => {
  const store = randomStore(4);
  const shape = reshape(store, { filters: [], by: 'function', rootLabels: [] });
  const selection = selectSamples(store, {});
  const full = timeOrder(store, shape, 1, selection).layout;
  const limit = Math.floor(full.starts.length / 3);
  const coarse = timeOrder(store, shape, 1, selection, limit);
  assert.ok(coarse.cellNanos > 0 && coarse.layout.starts.length <= limit + 1);
  const window = { from: store.durationNanos * 0.4, to: store.durationNanos * 0.5 };
  const close = timeCloseUp(store, shape, 1, selection, window, limit);
  assert.equal(close.cellNanos, 0);
  assert.equal(close.layout.ends[0], coarse.layout.ends[0], 'its edges are those of the whole');
  const there = (layout: FlameLayout) =>
    boxesOf(layout)
      .filter(({ from, to }) => to > window.from && from < window.to)
      .map(({ text }) => text);
  assert.deepEqual(there(close.layout), there(full));
});
