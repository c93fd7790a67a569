/**
 * V8's `.heapsnapshot`, read as its bytes arrive → columns: as a text, or as objects, it would not fit where it is read.
 *
 *   {"snapshot":{"meta":{…},"node_count":…,"edge_count":…,…},"nodes":[…],"edges":[…],…,"strings":[…]}
 *
 * Traces of allocations, samples and locations pass unread.
 */

import { decodeText } from '../profile/proto/utf8.js';
import { JsonScanner, type JsonSink } from '../profile/query/json-scanner.js';
import { NopsError } from '../protocol/errors.js';
import { damaged } from './damaged.js';
import { EdgeColumns, maxEdges } from './edge-columns.js';
import { layoutOf, type Meta, maxTypes } from './layout.js';
import { maxNodes, NodeColumns } from './node-columns.js';
import type { HeapSnapshot } from './snapshot.js';
import { Texts } from './texts.js';

const keys = [
  'snapshot',
  'nodes',
  'edges',
  'strings',
  'meta',
  'node_count',
  'edge_count',
  'node_fields',
  'node_types',
  'edge_fields',
  'edge_types',
] as const;

const key = Object.fromEntries(keys.map((name, i) => [name, i])) as Record<(typeof keys)[number], number>;

export class HeapSnapshotScanner implements JsonSink {
  readonly #scanner = new JsonScanner(this, keys);
  readonly #meta: Meta = { nodeFields: [], nodeTypes: [], edgeFields: [], edgeTypes: [] };
  readonly #texts = new Texts();
  /** The key at each depth, of what is open. */
  readonly #path: number[] = [];
  #nodeCount = 0;
  #edgeCount = 0;
  #nodes: NodeColumns | undefined;
  #edges: EdgeColumns | undefined;

  /** Throws a NopsError for what is no snapshot. */
  write(chunk: Uint8Array): void {
    try {
      this.#scanner.write(chunk);
    } catch (error) {
      throw error instanceof SyntaxError ? damaged(error.message) : error;
    }
  }

  /** A file that ends early among its names is told as what it is; what ends before is no graph. */
  finish(): HeapSnapshot {
    const { isWhole } = this.#scanner;
    if (!isWhole && this.#texts.length === 0) throw damaged(`it ends early, ${this.#whereItEnds()}`);
    if (this.#nodes === undefined || this.#edges === undefined) throw damaged('it has no nodes or no references');
    const nodes = this.#nodes.finish(this.#meta.nodeTypes, this.#edges.count);
    const edges = this.#edges.finish(this.#meta.edgeTypes, nodes.types.length);
    const texts = this.#texts;
    if (isWhole) for (const name of nodes.names) if (name >= texts.length) throw damaged('a node has no name');
    return { nodes, edges, texts, isWhole };
  }

  open(depth: number, of: number): void {
    this.#path[depth] = of;
    if (depth !== 1) return;
    if (of === key.nodes && this.#nodes === undefined) {
      this.#nodes = new NodeColumns(layoutOf(this.#meta).node, this.#nodeCount);
    } else if (of === key.edges && this.#edges === undefined) {
      this.#edges = new EdgeColumns(layoutOf(this.#meta), this.#edgeCount);
    }
  }

  close(): void {}

  wants(depth: number): boolean {
    return this.#path[1] === key.strings ? depth === 2 : depth >= 4 && this.#path[2] === key.meta;
  }

  string(depth: number, _of: number, bytes: Uint8Array): void {
    if (depth === 2) {
      this.#texts.push(bytes);
      return;
    }
    const of = this.#path[3];
    const { nodeFields, nodeTypes, edgeFields, edgeTypes } = this.#meta;
    // The first field is the type, and its types are a list of their own.
    const list =
      depth === 4
        ? of === key.node_fields
          ? nodeFields
          : of === key.edge_fields
            ? edgeFields
            : undefined
        : of === key.node_types
          ? nodeTypes
          : of === key.edge_types
            ? edgeTypes
            : undefined;
    if (list !== undefined && list.length <= maxTypes) list.push(decodeText(bytes));
  }

  number(depth: number, of: number, value: number): void {
    if (depth !== 2) return;
    switch (this.#path[1]) {
      case key.nodes:
        this.#nodes?.push(value);
        break;
      case key.edges:
        this.#edges?.push(value);
        break;
      case key.snapshot:
        if (of === key.node_count) this.#nodeCount = checkedCount(value, maxNodes, 'objects');
        else if (of === key.edge_count) this.#edgeCount = checkedCount(value, maxEdges, 'references');
    }
  }

  #whereItEnds(): string {
    if (this.#nodes === undefined) return 'before its nodes';
    if (this.#edges === undefined) return 'in its nodes';
    return this.#path[1] === key.edges ? 'in its references' : 'before its names';
  }
}

function checkedCount(value: number, limit: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0) throw damaged(`it says that it has ${value} ${what}`);
  if (value > limit)
    throw new NopsError('usage', `this heap snapshot has ${value} ${what}, and no more than ${limit} can be shown`);
  return value;
}
