/** Two stores as one, whose samples know which of the two they came from: what is compared is two selections of the same samples then. */

import { NopsError } from '../../protocol/errors.js';
import { convert, isConvertible } from '../measurement.js';
import { labelKey } from '../model.js';
import { FrameTableBuilder } from './frames.js';
import { NodeTable } from './node-table.js';
import type { SampleStore } from './store.js';

/** What both have by name is kept, in the units of `after`. Throws `usage` when that is nothing. */
export function joinStores(before: SampleStore, after: SampleStore): SampleStore {
  const types = after.sampleTypes.flatMap((own, t) => {
    const other = before.sampleTypes.findIndex(({ type, unit }) => type === own.type && isConvertible(unit, own.unit));
    return other < 0
      ? []
      : [{ own, t, other, factor: convert(1, before.sampleTypes[other]?.unit ?? '', own.unit).value }];
  });
  if (types.length === 0) {
    const names = (store: SampleStore) => store.sampleTypes.map(({ type }) => type).join(', ');
    throw new NopsError(
      'usage',
      `the two profiles have nothing in common that could be compared: ${names(before)}; ${names(after)}`,
      'Compare two profiles of the same kind.',
    );
  }
  const sides = [before, after] as const;
  const table = new FrameTableBuilder();
  const nodes = new NodeTable();
  const leaves = sides.map(store => addTree(store, table, nodes));
  const defaultName = after.sampleTypes[after.defaultType]?.type;
  return {
    sampleTypes: types.map(({ own }) => own),
    defaultType: Math.max(
      0,
      types.findIndex(({ own }) => own.type === defaultName),
    ),
    timeNanos: after.timeNanos,
    durationNanos: after.durationNanos,
    comments: after.comments,
    frames: table.finish(),
    tree: nodes.finish(),
    leaves: joinUint32(leaves),
    values: types.map(({ t, other, factor }) =>
      joinFloat64([column(before, other).map(value => value * factor), column(after, t)]),
    ),
    ...joinLabels(before, after),
    // Two recordings have no time in common.
    starts: undefined,
    sides: Uint8Array.from({ length: before.leaves.length + after.leaves.length }, (_, i) =>
      Number(i >= before.leaves.length),
    ),
  };
}

/** Adds the nodes of a store; its samples' leaves among them. */
function addTree({ frames, tree, leaves }: SampleStore, table: FrameTableBuilder, nodes: NodeTable): Uint32Array {
  const functions = frames.names.map((name, g) =>
    table.function(name, frames.files[g] ?? '', frames.startLines[g] ?? 0),
  );
  const own = Uint32Array.from(frames.functions, (g, f) =>
    table.frame(
      functions[g] ?? 0,
      frames.lines[f] ?? 0,
      frames.columns[f] ?? 0,
      frames.objectNames[frames.objects[f] ?? 0] ?? '',
    ),
  );
  const places = new Uint32Array(tree.parents.length);
  for (let node = 1; node < places.length; node++)
    places[node] = nodes.child(places[tree.parents[node] ?? 0] ?? 0, own[tree.groups[node] ?? 0] ?? 0);
  return leaves.map(leaf => places[leaf] ?? 0);
}

function column({ values, leaves }: SampleStore, type: number): Float64Array {
  return values[type] ?? new Float64Array(leaves.length).fill(1);
}

function joinLabels(before: SampleStore, after: SampleStore): Pick<SampleStore, 'labelSets' | 'sets' | 'labels'> {
  if (before.labelSets === undefined && after.labelSets === undefined)
    return { labelSets: undefined, sets: [], labels: [] };
  const labels = [...before.labels];
  const numbers = new Map(labels.map((label, id) => [labelKey(label), id]));
  const own = after.labels.map(label => {
    const known = numbers.get(labelKey(label));
    return known ?? labels.push(label) - 1;
  });
  // A store without labels has one set, the empty one.
  const setsOf = ({ labelSets, sets }: SampleStore) => (labelSets === undefined ? [new Uint32Array()] : sets);
  const earlier = setsOf(before);
  const later = setsOf(after).map(set => set.map(id => own[id] ?? 0));
  const numbersOf = ({ labelSets, leaves }: SampleStore) => labelSets ?? new Uint32Array(leaves.length);
  return {
    labels,
    sets: [...earlier, ...later],
    labelSets: joinUint32([numbersOf(before), numbersOf(after).map(set => set + earlier.length)]),
  };
}

function joinUint32(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function joinFloat64(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
