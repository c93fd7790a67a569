/** The picture of a graph of calls: everything that -dot has is in it, and no box stands on another. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type { Profile } from '@nops/core/profile/model';
import { defaultConfig, type ReportConfig } from '@nops/core/profile/report/config';
import { type Layout, type LayoutBox, type LayoutEdge, layoutGraph } from '@nops/core/profile/report/layout/layout';
import { makeReport } from '@nops/core/profile/report/report';
import { randomFrom } from '../support/random.js';
import { randomProfile } from './profiles.js';

const fixtures = fileURLToPath(new URL('../../fixtures/pprof/', import.meta.url));
const read = (name: string) => decodeProfile(gunzipSync(readFileSync(`${fixtures}${name}`)));
const noSource = () => ({ error: 'none' });

function report(profile: Profile, which: 'dot' | 'svg', config: Partial<ReportConfig> = {}): string {
  return makeReport(profile, which, undefined, { ...defaultConfig, ...config }, noSource).result.text ?? '';
}

/** Fails for tags that do not match, and for what is neither tag, text nor entity. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  const token =
    /<\?xml [^?]*\?>|<!\[CDATA\[[\s\S]*?\]\]>|<(\/?)([a-z]+)((?: [\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>|[^<&]+|&(?:amp|lt|gt|quot);/y;
  for (let at = 0; at < xml.length; at = token.lastIndex) {
    token.lastIndex = at;
    const found = token.exec(xml);
    assert.ok(found !== null, `at ${at}: ${xml.slice(at, at + 80)}`);
    const [, closes, name, , closed] = found;
    if (name === undefined || closed === '/') continue;
    if (closes === '/') assert.equal(open.pop(), name);
    else open.push(name);
  }
  assert.deepEqual(open, []);
}

interface Rect {
  id: string;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function assertApart(rects: Rect[]): void {
  const sorted = rects.toSorted((a, b) => a.left - b.left);
  for (const [i, a] of sorted.entries()) {
    for (const b of sorted.slice(i + 1)) {
      if (b.left >= a.right) break;
      assert.ok(b.top >= a.bottom || a.top >= b.bottom, `${a.id} and ${b.id} overlap`);
    }
  }
}

function boxesOf(svg: string): Rect[] {
  const pattern =
    /<g class="(?:node|label)" id="([^"]+)"><title>[^<]*<\/title><rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"/g;
  return [...svg.matchAll(pattern)].map(([, id = '', x, y, width, height]) => ({
    id,
    left: Number(x),
    right: Number(x) + Number(width),
    top: Number(y),
    bottom: Number(y) + Number(height),
  }));
}

const profiles: [string, () => Profile][] = [
  ['a Go program', () => read('go-cpu-1.pb.gz')],
  ['a Go program’s heap', () => read('go-heap.pb.gz')],
  ['a C++ program', () => read('cpp-cpu.pb.gz')],
];

for (const [what, load] of profiles) {
  for (const config of [{}, { nodecount: 10 }, { trim: false }, { granularity: 'lines' as const, nodecount: 200 }]) {
    test(`the graph of ${what}, ${JSON.stringify(config)}: all of -dot, no box on another`, () => {
      const profile = load();
      const svg = report(profile, 'svg', config);
      const dot = report(profile, 'dot', config);
      assertWellFormed(svg);
      const nodes = [...dot.matchAll(/^(N\w+) \[label ?=/gm)].map(([, id]) => id);
      const boxes = boxesOf(svg);
      assert.ok(nodes.length > 3);
      assert.deepEqual(boxes.map(({ id }) => id).sort(), nodes.sort());
      const edges = [...dot.matchAll(/^(N\w+) -> (N\w+) /gm)].map(([, from, to]) => `${from} ${to}`);
      const arrows = [...svg.matchAll(/<g class="edge" data-from="([^"]+)" data-to="([^"]+)"/g)].map(
        ([, from, to]) => `${from} ${to}`,
      );
      assert.deepEqual(arrows.sort(), edges.sort());
      assertApart(boxes);
    });
  }
}

test('names can’t end the markup', () => {
  const profile = read('go-cpu-1.pb.gz');
  const evil = '<script>alert("1")</script>&\u0007\ud800]]>';
  const svg = report({ ...profile, functionNames: profile.functionNames.map(name => `${evil}${name}`) }, 'svg');
  assertWellFormed(svg);
  assert.equal(svg.match(/<script>/g)?.length, 1);
});

test('random profiles are well-formed pictures', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const svg = report(randomProfile(seed), 'svg', { trim: false });
    assertWellFormed(svg);
    assertApart(boxesOf(svg));
  }
});

function randomGraph(seed: number, count: number): { boxes: LayoutBox[]; edges: LayoutEdge[] } {
  const random = randomFrom(seed);
  const below = (most: number) => Math.floor(random() * most);
  const boxes = Array.from({ length: count }, () => ({ width: 20 + below(200), height: 10 + below(60) }));
  const seen = new Set<string>();
  const edges: LayoutEdge[] = [];
  for (let e = 0; e < count * 2 && count > 1; e++) {
    const [from, to] = [below(count), below(count)];
    if (from === to || seen.has(`${from} ${to}`)) continue;
    seen.add(`${from} ${to}`);
    const labelWidth = below(2) * 40;
    edges.push({ from, to, length: 1 + below(2), weight: 1 + below(100), labelWidth, labelHeight: 14 });
  }
  return { boxes, edges };
}

/** Every edge goes from the border of its one box to that of the other, and through none between. */
function assertRoutes({ boxes: places, routes }: Layout, boxes: LayoutBox[], edges: LayoutEdge[]): void {
  for (const [e, { from, to }] of edges.entries()) {
    const points = routes[e]?.points ?? [];
    const border = (b: number, end: { x: number; y: number } | undefined) => {
      const [box, place] = [boxes[b], places[b]];
      assert.ok(box !== undefined && place !== undefined && end !== undefined);
      assert.ok(
        Math.abs(Math.abs(end.y - place.y) - box.height / 2) < 0.01,
        `edge ${e} ends at the height of box ${b}`,
      );
      assert.ok(Math.abs(end.x - place.x) <= box.width / 2 + 0.01, `edge ${e} ends at box ${b}`);
    };
    border(from, points[0]);
    border(to, points.at(-1));
    for (const [b, place] of places.entries()) {
      const { width, height } = boxes[b] ?? { width: 0, height: 0 };
      if (b === from || b === to) continue;
      for (const { x, y } of points)
        assert.ok(
          Math.abs(x - place.x) >= width / 2 || Math.abs(y - place.y) >= height / 2 - 0.01,
          `edge ${e} passes box ${b}`,
        );
    }
  }
}

test('random graphs with cycles: boxes apart, edges between borders', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const { boxes, edges } = randomGraph(seed, seed % 40);
    const layout = layoutGraph(boxes, edges);
    assertApart(
      boxes.map(({ width, height }, b) => {
        const { x, y } = layout.boxes[b] ?? { x: 0, y: 0 };
        return {
          id: String(b),
          left: x - width / 2,
          right: x + width / 2,
          top: y - height / 2,
          bottom: y + height / 2,
        };
      }),
    );
    assertRoutes(layout, boxes, edges);
    for (const { x, y } of layout.boxes) assert.ok(x >= 0 && x <= layout.width && y >= 0 && y <= layout.height);
  }
});

test('a graph too large to draw is refused in words', () => {
  const profile = read('go-cpu-1.pb.gz');
  const many = Array.from({ length: 5_001 }, (_, f) => `f${f}`);
  const count = many.length;
  const starts = Uint32Array.from({ length: count + 1 }, (_, i) => i);
  const zeros = new Uint32Array(count);
  const wide: Profile = {
    ...profile,
    functionNames: many,
    functionSystemNames: many,
    functionFiles: many,
    functionStartLines: new Int32Array(count),
    lineStarts: starts,
    lineFunctions: starts.slice(0, -1),
    lines: new Int32Array(count),
    columns: new Int32Array(count),
    addresses: new BigUint64Array(count),
    locationMappings: zeros,
    folded: new Uint8Array(count),
    stackStarts: starts,
    stacks: starts.slice(0, -1),
    values: new Float64Array(count * profile.sampleTypes.length).fill(1),
    labelStarts: new Uint32Array(count + 1),
    labelIds: new Uint32Array(),
  };
  assert.throws(() => report(wide, 'svg', { trim: false }), /5001 boxes and 0 arrows is too large to draw/);
  assertWellFormed(report(wide, 'svg'));
});
