/** Dominators and what follows from them against the obvious way: take a node away and see what can't be reached any more. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeSnapshot } from '@nops/core/heap-snapshot/analysis';
import { dominatorsOf } from '@nops/core/heap-snapshot/dominators';
import { type HeapSnapshot, sourceOf } from '@nops/core/heap-snapshot/snapshot';
import { strongEdges } from '@nops/core/heap-snapshot/strong-edges';
import { snapshotOf, type WrittenNode } from '../../support/heap-snapshots.js';
import { startsOf, walk } from '../../support/heap-twin.js';
import { randomNumbers } from '../../support/random.js';

function randomNodes(seed: number): WrittenNode[] {
  const random = randomNumbers(seed);
  const count = 1 + random(40);
  const density = 1 + random(4);
  return Array.from({ length: count }, (_, i) => ({
    type: i === 0 ? 'synthetic' : (['object', 'string', 'closure', 'native'][random(4)] ?? ''),
    name: `C${random(4)}`,
    size: i === 0 ? 0 : random(50),
    edges: Array.from({ length: random(2 * density) }, () => ({
      type: ['property', 'element', 'weak', 'shortcut', 'context'][random(seed % 3 === 0 ? 5 : 2)] ?? '',
      to: random(count),
    })),
  }));
}

/** By node: all that can't be reached without it, itself among them. */
function dominatedSets(snapshot: HeapSnapshot, strong: Uint8Array): Set<number>[] {
  const starts = startsOf(snapshot, strong);
  const all = walk(snapshot, strong, starts, -1);
  return Array.from(snapshot.nodes.types.keys(), node => {
    if (node === 0) return all;
    const left = walk(snapshot, strong, starts, node);
    return new Set([...all].filter(each => !left.has(each)));
  });
}

function assertLikeTwin(snapshot: HeapSnapshot, told: string): void {
  const strong = strongEdges(snapshot);
  const { dominators } = dominatorsOf(snapshot, strong);
  const { retained, constructors, retainedByConstructor, ways } = analyzeSnapshot(snapshot);
  const sets = dominatedSets(snapshot, strong);
  for (const [node, set] of sets.entries()) {
    // Of those that dominate it, the one that dominates the fewest others.
    const above = [...sets.keys()].filter(each => each !== node && sets[each]?.has(node));
    const closest = above.sort((a, b) => (sets[a]?.size ?? 0) - (sets[b]?.size ?? 0))[0] ?? 0;
    assert.equal(dominators[node], closest, `${told}: what dominates ${node}`);
    const size = [...set].reduce((sum, each) => sum + (snapshot.nodes.selfSizes[each] ?? 0), 0);
    assert.equal(retained[node], size, `${told}: what ${node} retains`);
  }
  for (const [number, name] of constructors.names.entries()) {
    const own = [...sets.keys()].filter(node => constructors.ofNode[node] === number);
    const union = new Set(own.flatMap(node => [...(sets[node] ?? [])]));
    const size = [...union].reduce((sum, each) => sum + (snapshot.nodes.selfSizes[each] ?? 0), 0);
    assert.equal(retainedByConstructor[number], size, `${told}: what ${name} retains`);
    assert.equal(constructors.counts[number], own.length);
  }
  const depths = depthsOf(snapshot, strong);
  for (const [node, depth] of depths) {
    let steps = 0;
    for (let at = node; at !== 0; at = sourceOf(snapshot, ways[at] ?? 0)) steps++;
    assert.equal(steps, depth, `${told}: the shortest way to ${node}`);
  }
}

function depthsOf(snapshot: HeapSnapshot, strong: Uint8Array): Map<number, number> {
  const depths = new Map([[0, 0]]);
  for (const [node, depth] of depths)
    for (let edge = snapshot.nodes.firstEdges[node] ?? 0; edge < (snapshot.nodes.firstEdges[node + 1] ?? 0); edge++) {
      const target = snapshot.edges.targets[edge] ?? 0;
      if (strong[edge] === 1 && !depths.has(target)) depths.set(target, depth + 1);
    }
  return depths;
}

test('on random graphs, cyclic and with parts that nothing leads to', () => {
  for (let seed = 1; seed <= 600; seed++) assertLikeTwin(snapshotOf(randomNodes(seed)), `seed ${seed}`);
});

test('a list of 300,000 objects is no recursion, and its constructor counts once', () => {
  const count = 300_000;
  const nodes: WrittenNode[] = [{ type: 'synthetic', name: '', size: 0, edges: [{ to: 1 }] }];
  for (let i = 1; i <= count; i++) nodes.push({ name: 'Link', size: 1, edges: i < count ? [{ to: i + 1 }] : [] });
  const { retained, constructors, retainedByConstructor } = analyzeSnapshot(snapshotOf(nodes));
  assert.equal(retained[1], count);
  assert.equal(retained[count], 1);
  assert.deepEqual(constructors.names, ['Link']);
  assert.equal(retainedByConstructor[0], count);
});
