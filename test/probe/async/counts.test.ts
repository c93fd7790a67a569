/** Oracle 2: per function, a dump has as many suspended functions as a heap snapshot that was written just before it. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget } from '../../support/target.js';
import { countsByFunction, dumpOf } from './dump.js';
import { counted } from './targets.js';

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined ? `Node ${version} could not be installed` : false;

  test(`Node ${version}: counts as in a heap snapshot, with vm contexts`, { skip }, async t => {
    const target = await startTarget(t, counted, { node: node ?? '', execArgv: [], type: 'cjs', noSocket: true });
    const snapshot = countsInSnapshot(await target.said('ready'));
    const dump = await dumpOf(target.pid);
    const found = countsByFunction(dump);
    const keys = [...new Set([...snapshot.keys(), ...found.keys()])];
    const differing = keys.filter(key => (snapshot.get(key) ?? 0) !== (found.get(key) ?? 0));
    assert.deepEqual(
      differing.map(key => `${key}: snapshot ${snapshot.get(key) ?? 0}, nops ${found.get(key) ?? 0}`),
      [],
    );
    const total = [...found.values()].reduce((sum, count) => sum + count, 0);
    assert.equal(total, 300 * 5 + 150 * 2 + 3 * 50 * 2);
  });

  test(`Node ${version}: what waits in worker threads is counted, too`, { skip }, async t => {
    const env = { NOPS_WORKERS: '1' };
    const target = await startTarget(t, counted, { node: node ?? '', execArgv: [], env, type: 'cjs', noSocket: true });
    await target.said('ready');
    const { graph, places } = await dumpOf(target.pid);
    const heaps = new Map<number, Record<string, number>>();
    for (const { suspended } of graph.waiters) {
      const { function: name, url } = places.of(suspended);
      if (url.startsWith('node:')) continue;
      const counts = heaps.get(suspended.heap) ?? {};
      counts[name] = (counts[name] ?? 0) + 1;
      heaps.set(suspended.heap, counts);
    }
    const inContexts = { inside: 3 * 50, around: 3 * 50 };
    assert.deepEqual(
      [...heaps.values()].sort((a, b) => (a['outermost'] ?? 0) - (b['outermost'] ?? 0)),
      [ofThread(100), ofThread(101), { ...ofThread(300), ...inContexts }],
    );
  });
}

/** What one thread of the program makes wait. */
function ofThread(count: number): Record<string, number> {
  const each = Object.fromEntries(['innermost', 'middle', 'outermost', 'pages', 'consumer'].map(name => [name, count]));
  return { ...each, idle: 2 * Math.ceil(count / 2) };
}

/** What async functions are called in a snapshot, and the async generators of the program, which are called as their function is. */
const generators = new Set(['Generator', 'pages', 'idle']);

interface Snapshot {
  snapshot: { meta: { node_fields: string[]; node_types: string[][] } };
  nodes: number[];
  locations: number[];
  strings: string[];
}

/** Generator objects have the place of their function: counts by `line:column` of it, 0-based, and its script. */
function countsInSnapshot(file: string): Map<string, number> {
  const { snapshot, nodes, locations, strings } = JSON.parse(readFileSync(file, 'utf8')) as Snapshot;
  const { node_fields, node_types } = snapshot.meta;
  const [type, name] = [node_fields.indexOf('type'), node_fields.indexOf('name')];
  const counts = new Map<string, number>();
  for (let at = 0; at < locations.length; at += 4) {
    const [node = 0, , line, column] = locations.slice(at, at + 4);
    const isObject = node_types[type]?.[nodes[node + type] ?? 0] === 'object';
    const word = strings[nodes[node + name] ?? 0] ?? '';
    if (!isObject || !generators.has(word)) continue;
    const key = `${line}:${column}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
