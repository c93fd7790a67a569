/** Reading `.heapsnapshot` files: fields in any order, bytes in any pieces, and what is damaged or lies about itself. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { analyzeSnapshot } from '@nops/core/heap-snapshot/analysis';
import { compareSnapshots } from '@nops/core/heap-snapshot/compare';
import { HeapSnapshotScanner } from '@nops/core/heap-snapshot/scanner';
import { bytesOf } from '@nops/core/heap-snapshot/snapshot';
import { fileKind } from '@nops/core/profile/formats/file-kind';
import { NopsError } from '@nops/core/protocol/errors';
import { scan, snapshotOf, snapshotText, type WrittenNode, writeSnapshots } from '../../support/heap-snapshots.js';
import { randomNumbers } from '../../support/random.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const small: WrittenNode[] = [
  { type: 'synthetic', name: '', size: 0, edges: [{ type: 'element', name: '1', to: 1 }] },
  {
    name: 'Holder',
    size: 24,
    edges: [
      { name: 'text', to: 2 },
      { name: 'self', to: 1 },
    ],
  },
  { type: 'string', name: 'quotes " and \\ and \u0007 and 💥', size: 40 },
];
const text = snapshotText(small);
const bytes = (of: string) => new TextEncoder().encode(of);

test('its beginning tells what it is', () => {
  assert.equal(fileKind(bytes(text)), 'heapsnapshot');
  assert.equal(fileKind(bytes(JSON.stringify(JSON.parse(text), null, 2))), 'heapsnapshot');
});

test('wherever its bytes are cut into pieces, and whatever order its fields have, it is the same', () => {
  const expected = scan(bytes(text));
  assert.equal(expected.texts.get(expected.nodes.names[2] ?? 0), 'quotes " and \\ and \u0007 and 💥');
  for (let size = 1; size < 40; size++) assert.deepEqual(scan(bytes(text), size), expected);
  const fields = ['detachedness', 'edge_count', 'self_size', 'later', 'id', 'name', 'type'];
  const other = scan(bytes(snapshotText(small, fields, ['to_node', 'later', 'name_or_index', 'type'])));
  for (const key of ['types', 'names', 'ids', 'selfSizes', 'firstEdges'] as const)
    assert.deepEqual(other.nodes[key], expected.nodes[key], key);
  for (const key of ['types', 'names', 'targets'] as const)
    assert.deepEqual(other.edges[key], expected.edges[key], key);
});

test('names longer than are read are cut, also in the middle of an escape', () => {
  for (let length = 500; length < 520; length++) {
    const name = `${'x'.repeat(length)}\u0007\u0007\u0007`;
    const snapshot = snapshotOf([{ type: 'synthetic', name, size: 0 }]);
    const kept = snapshot.texts.get(0);
    assert.ok(kept === name || (kept.endsWith('…') && name.startsWith(kept.slice(0, -1)) && kept.length > 500), kept);
  }
});

test('a file longer than a string may be is read as it arrives', () => {
  const [head = '', tail = ''] = snapshotText(small).split('"quotes');
  const name = new TextEncoder().encode(`"${'y'.repeat(1 << 16)}",`);
  const scanner = new HeapSnapshotScanner();
  scanner.write(bytes(head));
  // Names that nothing has: 600 MB of them.
  const count = Math.ceil(600e6 / name.length);
  for (let i = 0; i < count; i++) scanner.write(name);
  scanner.write(bytes(`"quotes${tail}`));
  const snapshot = scanner.finish();
  assert.equal(snapshot.isWhole, true);
  assert.ok(snapshot.texts.length > count);
  assert.ok(bytesOf(snapshot) < 20e6, `${bytesOf(snapshot)} bytes are kept`);
  assert.equal(analyzeSnapshot(snapshot).retained[1], 64);
});

test('what is no snapshot, or lies about itself, is told', () => {
  const cases: [change: (of: string) => string, said: RegExp][] = [
    [of => of.replace('"node_count":3', '"node_count":4'), /it has 3 nodes and says that it has 4/],
    [of => of.replace('"node_count":3', '"node_count":2'), /it has more nodes than the 2 that it says/],
    [of => of.replace('"node_count":3', '"node_count":4000000000'), /no more than 33554432 can be shown/],
    [of => of.replace('"node_count":3', '"node_count":-1'), /it says that it has -1 objects/],
    [
      of => of.replace('"edge_count":3,', '"edge_count":30000000,'),
      /it has 3 references and says that it has 30000000/,
    ],
    [of => of.replace('"self_size",', '"size",'), /it does not say where the field self_size stands/],
    [of => of.replace(/"node_types":\[\[.*?\]/, '"node_types":[[]'), /it does not say which types/],
    [
      of => of.replace(/"nodes":\[[^\]]*\]/, '"nodes":[]').replace('"node_count":3', '"node_count":0'),
      /it has no nodes/,
    ],
    [of => of.replace(/"nodes":\[\d+/, '"nodes":[77'), /a node has the type 77/],
    [of => of.replace(/"nodes":\[\d+/, '"nodes":[777'), /a node has the type 777/],
    [of => of.replace(/("edges":\[\d+,\d+),\d+/, '$1,700'), /a reference leads to no node/],
    [of => of.replace(/("edges":\[\d+,\d+),\d+/, '$1,8'), /what a reference leads to is 1.14/],
    [of => of.replace(/("edges":\[\d+),\d+/, '$1,-1'), /the name of a reference is -1/],
    [of => of.replace(/,"strings":.*/, ',"strings":[]}'), /a node has no name/],
    [of => of.replace(/"nodes":/, '"nothing":'), /it has no nodes or no references/],
    [() => '{"snapshot":{}}', /it has no nodes or no references/],
    [of => of.replace('[', '{'), /its brackets do not match|its nodes/],
    [() => `{"snapshot":${'['.repeat(200)}`, /it is nested deeper than 64 levels/],
  ];
  for (const [change, said] of cases) {
    const changed = change(text);
    assert.notEqual(changed, text);
    assert.throws(
      () => scan(bytes(changed)),
      (error: unknown) => {
        assert.ok(error instanceof NopsError && error.code === 'usage');
        assert.match(error.message, /^this heap snapshot (?:is damaged: |has 4000000000 objects)/);
        assert.match(error.message, said);
        return true;
      },
    );
  }
});

test('cut at any place it is told where, or shown without the names that are missing', () => {
  const whole = bytes(text);
  const names = text.indexOf('"strings":[');
  for (let end = 0; end < whole.length; end++) {
    const read = () => scan(whole.subarray(0, end));
    if (end >= names + '"strings":[""'.length) {
      const snapshot = read();
      assert.equal(snapshot.isWhole, false);
      assert.equal(analyzeSnapshot(snapshot).retained[1], 64);
    } else
      assert.throws(
        read,
        /damaged: it ends early, (?:before its nodes|in its nodes|in its references|before its names)/,
      );
  }
});

test('a real snapshot with bytes turned is read or refused with a word, and never breaks', t => {
  const { before } = writeSnapshots(temporaryFolder(t));
  const whole = readFileSync(before);
  const intact = analyzeSnapshot(scan(whole));
  const random = randomNumbers(7);
  let refused = 0;
  const times = 40;
  for (let i = 0; i < times; i++) {
    const copy = Buffer.from(whole);
    for (let flips = 0; flips < 1 + random(20); flips++) {
      const at = random(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
    }
    try {
      const analysis = analyzeSnapshot(scan(i % 2 === 0 ? copy : copy.subarray(0, random(copy.length))));
      compareSnapshots(intact, analysis);
    } catch (error) {
      assert.ok(error instanceof NopsError, String(error));
      assert.match(error.message, /^this heap snapshot is damaged: ./);
      refused++;
    }
  }
  assert.ok(refused > times / 4, `${refused} of ${times} were refused`);
});
