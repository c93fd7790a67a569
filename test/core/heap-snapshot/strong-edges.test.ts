/** Which references count, case by case. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeSnapshot } from '@nops/core/heap-snapshot/analysis';
import { snapshotOf, type WrittenNode } from '../../support/heap-snapshots.js';

function retainedOf(nodes: WrittenNode[], name: string): number | undefined {
  const { retained } = analyzeSnapshot(snapshotOf(nodes));
  return retained[nodes.findIndex(node => node.name === name)];
}

const root = (...edges: NonNullable<WrittenNode['edges']>): WrittenNode => ({
  type: 'synthetic',
  name: '',
  size: 0,
  edges,
});

test('a weak reference keeps nothing alive', () => {
  const nodes = [
    root({ to: 1 }, { to: 2 }),
    { name: 'A', edges: [{ to: 3 }] },
    { name: 'B', edges: [{ type: 'weak', to: 3 }] },
    { name: 'C' },
  ];
  assert.equal(retainedOf(nodes, 'A'), 20);
  assert.equal(retainedOf(nodes, 'B'), 10);
});

test('a shortcut keeps something alive only from the root', () => {
  const nodes = [
    root({ type: 'shortcut', to: 1 }),
    { name: 'global', edges: [{ to: 2 }, { to: 3 }] },
    { name: 'A', edges: [{ to: 4 }] },
    { name: 'B', edges: [{ type: 'shortcut', to: 4 }] },
    { name: 'C' },
  ];
  assert.equal(retainedOf(nodes, 'global'), 40);
  assert.equal(retainedOf(nodes, 'A'), 20);
});

test('what a global object leads to is the program’s, whatever V8’s own roots refer to', () => {
  const nodes = [
    root({ type: 'element', to: 1 }, { type: 'shortcut', to: 2 }),
    { type: 'synthetic', name: '(GC roots)', size: 0, edges: [{ to: 3 }, { to: 4 }] },
    { name: 'global', edges: [{ to: 3 }] },
    { name: 'A' },
    { name: 'OnlyHandle' },
  ];
  assert.equal(retainedOf(nodes, 'global'), 20);
  assert.equal(retainedOf(nodes, '(GC roots)'), 10);
});

test('a value in a WeakMap is its key’s, not its table’s', () => {
  const name = '1 / part of key (Key @5) -> value (Value @9) pair in WeakMap (table @7)';
  const nodes = [
    root({ type: 'shortcut', to: 1 }),
    { name: 'global', edges: [{ to: 2 }, { to: 3 }] },
    { name: 'Key', id: 5, edges: [{ type: 'internal', name, to: 4 }] },
    {
      type: 'array',
      name: 'table',
      id: 7,
      edges: [
        { type: 'weak', to: 2 },
        { type: 'internal', name, to: 4 },
      ],
    },
    { name: 'Value', id: 9 },
  ];
  assert.equal(retainedOf(nodes, 'Key'), 20);
  assert.equal(retainedOf(nodes, 'table'), 10);
});
