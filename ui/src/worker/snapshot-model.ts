/** One opened heap snapshot and the answers about it: what core computes, with names made printable. */

import { analyzeSnapshot, type HeapAnalysis } from '@nops/core/heap-snapshot/analysis';
import { type Comparison, compareSnapshots } from '@nops/core/heap-snapshot/compare';
import { constructorsOf } from '@nops/core/heap-snapshot/constructors';
import { largest, nodesOf } from '@nops/core/heap-snapshot/largest';
import { edgeName, nodeName } from '@nops/core/heap-snapshot/node-names';
import { retainingPath } from '@nops/core/heap-snapshot/retaining-path';
import { bytesOf, type HeapSnapshot } from '@nops/core/heap-snapshot/snapshot';
import { printable } from '@nops/core/units/printable';
import type {
  ConstructorTable,
  HeapListing,
  HeapObject,
  ObjectsAnswer,
  ObjectsAsk,
  OpenedSnapshot,
  PathAnswer,
} from './heap-messages.js';
import { sortConstructors } from './sort-constructors.js';

/** Who looks for more narrows by a constructor. */
const maxObjects = 100;

export class SnapshotModel {
  readonly #analysis: HeapAnalysis;
  readonly #comparison: Comparison | undefined;
  readonly #table: ConstructorTable;

  /** Of `earlier` only the comparison is kept. */
  constructor(snapshot: HeapSnapshot, earlier: HeapSnapshot | undefined) {
    this.#analysis = analyzeSnapshot(snapshot);
    this.#comparison =
      earlier && compareSnapshots({ snapshot: earlier, constructors: constructorsOf(earlier) }, this.#analysis);
    this.#table = tableOf(this.#analysis, this.#comparison);
  }

  opened(): OpenedSnapshot {
    const { snapshot, retained, ways, unreachable, constructors } = this.#analysis;
    const columns = [retained, ways, constructors.ofNode, this.#comparison?.isNew];
    return {
      objects: snapshot.nodes.types.length,
      references: snapshot.edges.types.length,
      totalSize: retained[0] ?? 0,
      heldBytes: columns.reduce((sum, column) => sum + (column?.byteLength ?? 0), bytesOf(snapshot)),
      unreachable,
      isWhole: snapshot.isWhole,
      constructors: this.#table,
    };
  }

  constructors(listing: HeapListing): Uint32Array {
    return sortConstructors(this.#table, listing);
  }

  objects({ of, onlyNew }: ObjectsAsk): ObjectsAnswer {
    const { constructors, retained } = this.#analysis;
    const all = nodesOf(constructors, of, onlyNew ? this.#comparison?.isNew : undefined);
    const found = largest(all, retained, maxObjects);
    return { objects: Array.from(found, node => this.#object(node)), count: all.length };
  }

  /** Undefined: it is not in this snapshot. */
  path(id: number): PathAnswer | undefined {
    const { snapshot, ways } = this.#analysis;
    const node = snapshot.nodes.ids.indexOf(id);
    if (node < 0) return undefined;
    const path = retainingPath(snapshot, ways, node);
    return {
      object: this.#object(node),
      steps: path?.steps.map(step => ({
        reference: printable(edgeName(snapshot, step.edge)),
        object: this.#object(step.node),
      })),
      leftOut: path?.leftOut ?? 0,
      leftOutAfter: path?.leftOutAfter ?? 0,
    };
  }

  #object(node: number): HeapObject {
    const { snapshot, retained, constructors } = this.#analysis;
    return {
      id: snapshot.nodes.ids[node] ?? 0,
      name: node === 0 ? '(root)' : printable(nodeName(snapshot, node)),
      constructorName: this.#table.names[constructors.ofNode[node] ?? 0] ?? '',
      shallow: snapshot.nodes.selfSizes[node] ?? 0,
      retained: retained[node] ?? 0,
    };
  }
}

function tableOf(analysis: HeapAnalysis, comparison: Comparison | undefined): ConstructorTable {
  const names = comparison?.names ?? analysis.constructors.names;
  const filled = <Column extends Uint32Array | Float64Array>(column: Column, into: Column): Column => {
    into.set(column);
    return into;
  };
  return {
    names: names.map(printable),
    // Those that only the earlier snapshot has are none now.
    counts: filled(analysis.constructors.counts, new Uint32Array(names.length)),
    shallow: filled(analysis.constructors.shallow, new Float64Array(names.length)),
    retained: filled(analysis.retainedByConstructor, new Float64Array(names.length)),
    compared: comparison && {
      newCounts: comparison.newCounts,
      goneCounts: comparison.goneCounts,
      countDeltas: Float64Array.from(comparison.newCounts, (count, i) => count - (comparison.goneCounts[i] ?? 0)),
      sizeDeltas: comparison.newSizes.map((size, i) => size - (comparison.goneSizes[i] ?? 0)),
      isReversed: comparison.isReversed,
    },
  };
}
