/** Merged tree, layout, visible boxes and search of a flame graph, each against a slow obvious twin on random profiles. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { type FlameLayout, rowCount } from '@nops/core/profile/flame/layout';
import { compileSearch, findGroups, isQuick, matchedWithin, matchFlame } from '@nops/core/profile/flame/search';
import { boxAt, childrenOf, forEachVisible, rowOf } from '@nops/core/profile/flame/view';
import type { Profile } from '@nops/core/profile/model';
import { type Query, QueryEngine } from '@nops/core/profile/query/engine';
import { storeOfProfile } from '@nops/core/profile/query/store-of-profile';
import { topEntries } from '@nops/core/profile/top';
import { randomNumbers } from '../support/random.js';

/** A sample as text: frames from the root, values behind. */
interface Sample {
  stack: string[];
  values: number[];
}

function profileOf(samples: Sample[]): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'wall', unit: 'nanoseconds' },
    ],
    periodType: { type: 'wall', unit: 'nanoseconds' },
    period: 1,
    timeNanos: 0n,
    durationNanos: 0,
  });
  for (const { stack, values } of samples) {
    // Every frame that ends with + is inlined into the one before it: one location of two lines, innermost first.
    const locations: number[] = [];
    for (let i = 0; i < stack.length; i++) {
      const frames = [stack[i] ?? ''];
      while (stack[i + 1]?.endsWith('+')) frames.unshift(stack[++i] ?? '');
      const lines = frames.map(name => ({ functionId: builder.functionId(name, '/a.js', 1), line: 1, column: 0 }));
      locations.unshift(builder.locationId(lines));
    }
    builder.addSample(locations, values);
  }
  return builder.build();
}

function randomSamples(seed: number): Sample[] {
  const random = randomNumbers(seed);
  const names = ['main', 'parse', 'render', 'walk', 'json', 'leaf', 'in+', 'deep+'];
  return Array.from({ length: 1 + random(80) }, () => ({
    stack: Array.from({ length: random(9) }, () => names[random(names.length)] ?? ''),
    values: [random(3), random(4) === 0 ? 0 : random(1000)],
  }));
}

/** Everything that is drawn from a profile. */
function flameOf(samples: Sample[], type: number) {
  const profile = profileOf(samples);
  const engine = new QueryEngine(storeOfProfile(profile));
  const query: Query = { type, filters: [], by: 'function', rootLabels: [], time: undefined, compare: undefined };
  const { layout } = engine.flame(query, 'merged');
  return { profile, layout, costs: engine.costs(query), names: engine.grouping(query).names };
}

/** A path as text, from the root. */
function pathOf(layout: FlameLayout, names: string[], box: number): string {
  const parent = layout.parents[box] ?? -1;
  if (parent < 0) return '';
  return `${pathOf(layout, names, parent)}/${names[layout.groups[box] ?? 0]}`;
}

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const seeds = Array.from({ length: 60 }, (_, i) => i + 1);

test('every path of the samples is a box of its total and self, and there are no others', () => {
  for (const seed of seeds) {
    for (const type of [0, 1]) {
      const samples = randomSamples(seed);
      const { layout, names } = flameOf(samples, type);
      const expected: Record<string, { total: number; self: number }> = { '': { total: 0, self: 0 } };
      for (const { stack, values } of samples) {
        const value = values[type] ?? 0;
        if (value === 0) continue;
        for (let depth = 0; depth <= stack.length; depth++) {
          const path = ['', ...stack.slice(0, depth)].join('/');
          expected[path] ??= { total: 0, self: 0 };
          expected[path].total += value;
          if (depth === stack.length) expected[path].self += value;
        }
      }
      const actual: typeof expected = {};
      for (let box = 0; box < layout.starts.length; box++) {
        const total = (layout.ends[box] ?? 0) - (layout.starts[box] ?? 0);
        const { first, end } = childrenOf(layout, box);
        let self = total;
        for (let b = first; b < end; b++) self -= (layout.ends[b] ?? 0) - (layout.starts[b] ?? 0);
        actual[pathOf(layout, names, box)] = { total, self };
      }
      assert.deepEqual(actual, expected);
    }
  }
});

test('boxes stand below their callers, largest first, without gaps or overlaps', () => {
  for (const seed of seeds) {
    const { layout } = flameOf(randomSamples(seed), 1);
    for (let box = 0; box < layout.starts.length; box++) {
      const { first, end } = childrenOf(layout, box);
      const children = Array.from(layout.parents.keys()).filter(b => layout.parents[b] === box);
      assert.deepEqual(
        Array.from({ length: end - first }, (_, i) => first + i),
        children,
      );
      let x = layout.starts[box] ?? 0;
      let last = Number.POSITIVE_INFINITY;
      for (const child of children) {
        assert.equal(rowOf(layout, child), rowOf(layout, box) + 1);
        assert.equal(layout.starts[child], x);
        x = layout.ends[child] ?? 0;
        const total = x - (layout.starts[child] ?? 0);
        assert.ok(total > 0 && total <= last);
        last = total;
      }
      assert.ok(x <= (layout.ends[box] ?? 0));
    }
  }
});

test('totals of functions are those of topEntries', () => {
  for (const seed of seeds) {
    const { profile, costs, names } = flameOf(randomSamples(seed), 1);
    const { selfs, totals, total } = costs;
    const top = topEntries(profile, { limit: 1000 });
    assert.equal(total, top.total);
    for (const entry of top.entries) {
      const group = names.indexOf(entry.function);
      assert.deepEqual([selfs[group], totals[group]], [entry.flat, entry.cum]);
    }
  }
});

test('negative values are left out, and counted', () => {
  const samples = [
    { stack: ['a'], values: [1, -5] },
    { stack: ['b'], values: [1, 7] },
  ];
  const { costs, layout } = flameOf(samples, 1);
  const { total, negative } = costs;
  assert.deepEqual([total, negative, layout.ends[0]], [7, 1, 7]);
});

test('the box at a place is the one that covers it', () => {
  for (const seed of seeds) {
    const { layout } = flameOf(randomSamples(seed), 1);
    const random = randomNumbers(seed);
    for (let i = 0; i < 50; i++) {
      const row = random(rowCount(layout) + 2) - 1;
      const value = random((layout.ends[0] ?? 0) + 10);
      const [first = 0, end = 0] = row < 0 ? [] : [...layout.rowStarts.subarray(row, row + 2)];
      const covering = Array.from({ length: Math.max(0, end - first) }, (_, b) => first + b).find(
        b => (layout.starts[b] ?? 0) <= value && value < (layout.ends[b] ?? 0),
      );
      assert.equal(boxAt(layout, row, value), covering ?? -1);
    }
  }
});

test('what is found counts each sample once, in all and in any part', () => {
  for (const seed of seeds) {
    const samples = randomSamples(seed);
    const { layout, names } = flameOf(samples, 1);
    const random = randomNumbers(seed);
    for (const text of ['parse', '^(main|json)$', 'e', 'nothing', '\\+$', 'RENDER', '/a.js:1$']) {
      const search = compileSearch(text);
      const isFound = (name: string) => search.test(name) || search.test(`${name} /a.js:1`);
      const found = findGroups(
        names,
        names.map(name => `${name} /a.js:1`),
        search,
      );
      const matches = matchFlame(layout, found);
      const expected = sum(samples.filter(s => s.stack.some(isFound)).map(s => s.values[1] ?? 0));
      assert.equal(matchedWithin(layout, matches, 0, layout.ends[0] ?? 0), expected, text);

      // Below one box: the samples whose stack begins with its path.
      const box = random(layout.starts.length);
      const path = pathOf(layout, names, box).split('/').slice(1);
      const below = samples.filter(s => path.every((name, i) => s.stack[i] === name) && s.stack.some(isFound));
      const [from = 0, to = 0] = [layout.starts[box], layout.ends[box]];
      assert.equal(
        matchedWithin(layout, matches, from, to),
        sum(below.map(s => s.values[1] ?? 0)),
        `${text} in ${path}`,
      );

      // Any range: unit by unit, a found box in any row.
      const [a, b] = [random(to + 1), random(to + 1)].sort((x, y) => x - y) as [number, number];
      let covered = 0;
      for (let x = a; x < b; x++) {
        const column = Array.from({ length: rowCount(layout) }, (_, row) => boxAt(layout, row, x));
        if (column.some(one => one > 0 && found[layout.groups[one] ?? 0] === 1)) covered++;
      }
      assert.equal(matchedWithin(layout, matches, a, b), covered, `${text} from ${a} to ${b}`);
    }
  }
});

test('an expression is quick when nothing in it can multiply', () => {
  for (const text of ['parse', 'a|b|c', '^handle.*Token', '\\(a\\)+x', '[)*+]x', 'Json\\d+', '(a|b)c'])
    assert.ok(isQuick(text), text);
  for (const text of ['(a+)+$', '(a|aa)*b', '.*.*x', 'a+b+c', '(?=a)b', '(a)\\1', 'a{2,9}', '(ab){3}'])
    assert.ok(!isQuick(text), text);
});

test('a search ignores case unless it holds a capital letter', () => {
  assert.ok(compileSearch('render').test('Render'));
  assert.ok(!compileSearch('Render').test('render'));
  assert.ok(compileSearch('\\Wrender').test('.Render'));
  assert.throws(() => compileSearch('('), SyntaxError);
});

test('every pixel shows the box that is there, thin ones in runs that say whether one of them is found', () => {
  for (const seed of seeds) {
    const { layout, names } = flameOf(randomSamples(seed), 1);
    const total = layout.ends[0] ?? 0;
    if (total === 0) continue;
    const random = randomNumbers(seed);
    const found = findGroups(names, [], /parse/);
    const matches = matchFlame(layout, found);
    const from = random(Math.ceil(total / 2));
    const window = { from, to: from + 1 + random(total - from), widthPx: 60, firstRow: 0, endRow: rowCount(layout) };
    const unitsPerPx = (window.to - window.from) / window.widthPx;
    const shown = Array.from({ length: rowCount(layout) }, () => Array.from({ length: 60 }, () => ''));
    const put = (row: number, left: number, width: number, what: string) => {
      for (let px = Math.floor(left); px < left + width; px++) shown[row]?.splice(px, 1, what);
      assert.ok(left >= 0 && left + width <= window.widthPx + 1e-9 && width > 0);
    };
    forEachVisible(layout, window, matches, {
      box: (box, row, left, width) => put(row, left, width, `box ${box}`),
      run: (row, left, width, isFound) => put(row, left, width, isFound ? 'found' : 'run'),
    });
    for (const [row, pixels] of shown.entries()) {
      for (const [px, what] of pixels.entries()) {
        const [a, b] = [from + px * unitsPerPx, from + (px + 1) * unitsPerPx];
        const there = [...layout.starts.keys()].filter(
          box => rowOf(layout, box) === row && (layout.starts[box] ?? 0) < b && (layout.ends[box] ?? 0) > a,
        );
        const isFound = (box: number) => box > 0 && found[layout.groups[box] ?? 0] === 1;
        const isThin = (box: number) => (layout.ends[box] ?? 0) - (layout.starts[box] ?? 0) < 1.5 * unitsPerPx;
        const wide = there.filter(box => !isThin(box));
        if (there.length === 0) assert.equal(what, '', `row ${row}, pixel ${px}`);
        if (wide.length > 0 && there.length === 1) assert.equal(what, `box ${wide[0]}`);
        const startingHere = there.filter(box => isThin(box) && (layout.starts[box] ?? 0) >= a);
        if (startingHere.length > 0) assert.notEqual(what, '');
        if (what === 'run') assert.ok(!startingHere.some(isFound), `row ${row}, pixel ${px} hides a found box`);
        if (what === 'found') assert.ok(there.some(isFound) || isFound(boxAt(layout, row, a - unitsPerPx)));
      }
    }
  }
});
