/** Two snapshots by constructor against the obvious way: ids in sets. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareSnapshots, type Side } from '@nops/core/heap-snapshot/compare';
import { constructorsOf } from '@nops/core/heap-snapshot/constructors';
import { snapshotOf, type WrittenNode } from '../../support/heap-snapshots.js';
import { randomNumbers } from '../../support/random.js';

function randomSide(random: (below: number) => number): { nodes: WrittenNode[]; side: Side } {
  const ids = new Map<number, WrittenNode>();
  for (let i = 0; i < 60; i++) {
    const id = random(2) === 0 ? random(100) : 4_000_000_000 + random(100);
    ids.set(id, { name: `C${id % 7 === 0 ? random(3) : id % 5}`, id, size: random(4) });
  }
  const nodes = [...ids.values()].sort(() => random(3) - 1);
  const snapshot = snapshotOf(nodes);
  return { nodes, side: { snapshot, constructors: constructorsOf(snapshot) } };
}

test('what is new and gone is what the sets of ids say', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomNumbers(seed);
    const [before, after] = [randomSide(random), randomSide(random)];
    const keys = ({ nodes }: { nodes: WrittenNode[] }) =>
      new Map(nodes.filter(({ size }) => size !== 0).map(node => [`${node.name} ${node.id}`, node]));
    const [was, is] = [keys(before), keys(after)];
    const change = compareSnapshots(before.side, after.side);
    for (const [i, name] of change.names.entries()) {
      const only = (those: Map<string, WrittenNode>, others: Map<string, WrittenNode>) =>
        [...those].flatMap(([key, node]) => (node.name === name && !others.has(key) ? [node.size ?? 0] : []));
      const [added, gone] = [only(is, was), only(was, is)];
      const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
      assert.deepEqual(
        [change.newCounts[i], change.newSizes[i], change.goneCounts[i], change.goneSizes[i]],
        [added.length, sum(added), gone.length, sum(gone)],
        `seed ${seed}: ${name}`,
      );
    }
    assert.equal(change.names.length, new Set([...was.values(), ...is.values()].map(({ name }) => name)).size);
    const marked = after.nodes.filter((_, node) => change.isNew[node] === 1).length;
    assert.equal(
      marked,
      change.newCounts.reduce((total, count) => total + count, 0),
    );
  }
});
