/** Snapshots that real processes wrote, on each Node that is supported: the leak in them is told as it is. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { analyzeSnapshot, type HeapAnalysis } from '@nops/core/heap-snapshot/analysis';
import { compareSnapshots } from '@nops/core/heap-snapshot/compare';
import { largest, nodesOf } from '@nops/core/heap-snapshot/largest';
import { edgeName, nodeName } from '@nops/core/heap-snapshot/node-names';
import { retainingPath } from '@nops/core/heap-snapshot/retaining-path';
import { strongEdges } from '@nops/core/heap-snapshot/strong-edges';
import { bufferBytes, leaks, readSnapshot, writeSnapshots } from '../../support/heap-snapshots.js';
import { startsOf, walk } from '../../support/heap-twin.js';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

interface Whole {
  snapshot: { meta: { node_fields: string[] } };
  nodes: number[];
  edges: number[];
  strings: string[];
}

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`Node ${version}: counts, sizes, what keeps them alive, and what is new`, { skip: node === undefined }, t => {
    const files = writeSnapshots(temporaryFolder(t), node);
    const before = analyzeSnapshot(readSnapshot(files.before));
    assertLikeJson(before, JSON.parse(readFileSync(files.before, 'utf8')));
    const of = (name: string) => rowOf(before, name);
    assert.equal(of('Leak').count, leaks.before);
    // The buffer, 100 numbers of a word each, the text with its repetitions' parts, and the objects themselves.
    const each = of('Leak').retained / leaks.before;
    assert.ok(each > bufferBytes + 800 && each < bufferBytes + 3500, `a Leak retains ${each} bytes`);
    assert.ok(of('Leak').shallow < 100 * leaks.before);
    const { retained } = before;
    const chain = largest(nodes(before, 'Chain'), retained, 1)[0] ?? 0;
    assert.equal(of('Chain').count, 1000);
    assert.equal(of('Chain').retained, retained[chain], 'of a list only its head counts');
    assert.ok(of('Key').retained > bufferBytes, 'the value is the key’s');
    const total = before.snapshot.nodes.selfSizes.reduce((sum, size) => sum + size, 0);
    assert.equal(retained[0], total, 'the root holds all there is');

    assertRetainedLikeTwin(before);

    const [leak = 0] = largest(nodes(before, 'Leak'), retained, 1);
    const path = retainingPath(before.snapshot, before.ways, leak);
    const told = path?.steps.map(
      step => `${edgeName(before.snapshot, step.edge)} in ${nodeName(before.snapshot, step.node)}`,
    );
    assert.match(told?.join('\n') ?? '', /^\[\d+\] in Array\n\.leaks in Object\n\.holder in (?:global|Object)\b/);
    assert.equal(path?.steps.at(-1)?.node, 0);

    const after = analyzeSnapshot(readSnapshot(files.after));
    const change = compareSnapshots(before, after);
    const at = (name: string) => {
      const i = change.names.indexOf(name);
      return [change.newCounts[i], change.goneCounts[i], (change.newSizes[i] ?? 0) - (change.goneSizes[i] ?? 0)];
    };
    assert.deepEqual(at('Leak').slice(0, 2), [leaks.more, 0]);
    assert.equal(at('Leak')[2], rowOf(after, 'Leak').shallow - of('Leak').shallow);
    assert.deepEqual(at('Chain'), [0, 0, 0]);
    assert.deepEqual(at('Dropped').slice(0, 2), [0, leaks.dropped]);
    assert.equal(change.isReversed, false);
    assert.equal(compareSnapshots(after, before).isReversed, true);
    const newLeaks = nodes(after, 'Leak', change.isNew);
    assert.equal(newLeaks.length, leaks.more);
  });
}

function nodes({ constructors }: HeapAnalysis, name: string, isNew?: Uint8Array): Uint32Array {
  return nodesOf(constructors, constructors.names.indexOf(name), isNew);
}

function rowOf({ constructors, retainedByConstructor }: HeapAnalysis, name: string) {
  const number = constructors.names.indexOf(name);
  return {
    count: constructors.counts[number] ?? 0,
    shallow: constructors.shallow[number] ?? 0,
    retained: retainedByConstructor[number] ?? 0,
  };
}

/** Of nodes that retain much and of others all over the file: what can't be reached without each. */
function assertRetainedLikeTwin({ snapshot, retained }: HeapAnalysis): void {
  const strong = strongEdges(snapshot);
  const starts = startsOf(snapshot, strong);
  const count = retained.length;
  const some = Array.from({ length: 15 }, (_, i) => 1 + Math.floor((i * (count - 1)) / 15));
  const sizeOf = (nodes: Iterable<number>) => {
    let size = 0;
    for (const node of nodes) size += snapshot.nodes.selfSizes[node] ?? 0;
    return size;
  };
  for (const node of [...largest(Uint32Array.from(retained.keys()).subarray(1), retained, 15), ...some]) {
    const left = walk(snapshot, strong, starts, node);
    assert.equal(retained[node], sizeOf(snapshot.nodes.types.keys()) - sizeOf(left), `node ${node}`);
  }
}

/** Every node and edge as JSON.parse has them. */
function assertLikeJson({ snapshot }: HeapAnalysis, { snapshot: { meta }, nodes: rows, edges, strings }: Whole): void {
  const fields = meta.node_fields;
  const column = (name: string) => rows.filter((_, i) => i % fields.length === fields.indexOf(name));
  assert.deepEqual([...snapshot.nodes.types], column('type'));
  assert.deepEqual([...snapshot.nodes.names], column('name'));
  assert.deepEqual([...snapshot.nodes.ids], column('id'));
  assert.deepEqual([...snapshot.nodes.selfSizes], column('self_size'));
  let first = 0;
  const firsts = [0, ...column('edge_count').map(count => (first += count))];
  assert.deepEqual([...snapshot.nodes.firstEdges], firsts);
  assert.deepEqual(
    [...snapshot.edges.targets].map(target => target * fields.length),
    edges.filter((_, i) => i % 3 === 2),
  );
  assert.equal(snapshot.texts.length, strings.length);
  for (const [i, text] of strings.entries()) {
    const kept = snapshot.texts.get(i);
    if (kept.endsWith('…')) assert.ok(text.startsWith(kept.slice(0, -1)) && kept.length > 80, `${i}`);
    else assert.equal(kept, text);
  }
}
