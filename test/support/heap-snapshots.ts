/** Heap snapshots for tests: of a real process with a known leak, and written by hand from a list of edges. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeapSnapshotScanner } from '@nops/core/heap-snapshot/scanner';
import type { HeapSnapshot } from '@nops/core/heap-snapshot/snapshot';

export const bufferBytes = 20_000;
export const leaks = { before: 1000, more: 500, dropped: 100 };

/** Each Leak holds a buffer, a text and an array of its own. A value in a WeakMap lives as long as its key. */
const program = `
const v8 = require('node:v8');
class Leak {
  constructor(i) {
    this.buffer = Buffer.alloc(${bufferBytes}, 1);
    this.text = ('leaked text ' + i).repeat(20);
    this.list = Array.from({ length: 100 }, (_, n) => n + i);
  }
}
class Chain { constructor(next) { this.next = next; } }
class Key {}
class Value { constructor() { this.buffer = Buffer.alloc(${bufferBytes}, 2); } }
class Dropped {}
globalThis.holder = { leaks: [], chain: null, key: new Key(), dropped: [] };
for (let i = 0; i < 1000; i++) holder.chain = new Chain(holder.chain);
globalThis.weak = new WeakMap([[holder.key, new Value()]]);
globalThis.fill = n => { for (let i = 0; i < n; i++) holder.leaks.push(new Leak(holder.leaks.length)); };
fill(${leaks.before});
for (let i = 0; i < ${leaks.dropped}; i++) holder.dropped.push(new Dropped());
setImmediate(() => {
  v8.writeHeapSnapshot('before.heapsnapshot');
  fill(${leaks.more});
  holder.dropped = [];
  setImmediate(() => v8.writeHeapSnapshot('after.heapsnapshot'));
});
`;

/** Two snapshots that one process wrote, with more leaks and no Dropped any more in the second. */
export function writeSnapshots(folder: string, node = process.execPath): { before: string; after: string } {
  writeFileSync(join(folder, 'leak.cjs'), program);
  execFileSync(node, ['leak.cjs'], { cwd: folder });
  return { before: join(folder, 'before.heapsnapshot'), after: join(folder, 'after.heapsnapshot') };
}

export function readSnapshot(file: string): HeapSnapshot {
  return scan(readFileSync(file));
}

export function scan(bytes: Uint8Array, chunkBytes = 65_536): HeapSnapshot {
  const scanner = new HeapSnapshotScanner();
  for (let at = 0; at < bytes.length; at += chunkBytes) scanner.write(bytes.subarray(at, at + chunkBytes));
  return scanner.finish();
}

export interface WrittenNode {
  type?: string;
  name: string;
  id?: number;
  size?: number;
  edges?: { type?: string; name?: string; to: number }[];
}

const nodeTypes = ['hidden', 'array', 'string', 'object', 'code', 'closure', 'synthetic', 'native'];
const edgeTypes = ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak'];

/** A file as V8 writes it; `fields` in an order of one's own. */
export function snapshotText(
  nodes: WrittenNode[],
  fields = ['type', 'name', 'id', 'self_size', 'edge_count', 'trace_node_id', 'detachedness'],
  edgeFields = ['type', 'name_or_index', 'to_node'],
): string {
  const strings: string[] = [];
  const stringOf = (text: string) => {
    const known = strings.indexOf(text);
    return known < 0 ? strings.push(text) - 1 : known;
  };
  const rows = nodes.flatMap(({ type = 'object', name, id, size = 10, edges = [] }, i) => {
    const values: Record<string, number> = {
      type: nodeTypes.indexOf(type),
      name: stringOf(name),
      id: id ?? 2 * i + 1,
      self_size: size,
      edge_count: edges.length,
    };
    return fields.map(field => values[field] ?? 0);
  });
  const edges = nodes.flatMap(node => node.edges ?? []);
  const edgeRows = edges.flatMap(({ type = 'property', name = 'a', to }) => {
    const values: Record<string, number> = {
      type: edgeTypes.indexOf(type),
      name_or_index: type === 'element' || type === 'hidden' ? Number(name) || 0 : stringOf(name),
      to_node: to * fields.length,
    };
    return edgeFields.map(field => values[field] ?? 0);
  });
  const meta = {
    node_fields: fields,
    node_types: [nodeTypes, ...fields.slice(1).map(() => 'number')],
    edge_fields: edgeFields,
    edge_types: [edgeTypes, 'string_or_number', 'node'],
    trace_function_info_fields: ['function_id'],
    sample_fields: ['timestamp_us'],
  };
  return JSON.stringify({
    snapshot: { meta, node_count: nodes.length, edge_count: edges.length, trace_function_count: 0 },
    nodes: rows,
    edges: edgeRows,
    trace_function_infos: [],
    trace_tree: [],
    samples: [],
    locations: [0, 1, 2, 3],
    strings,
  });
}

export function snapshotOf(nodes: WrittenNode[]): HeapSnapshot {
  return scan(new TextEncoder().encode(snapshotText(nodes)));
}
