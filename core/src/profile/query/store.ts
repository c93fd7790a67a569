/**
 * What a viewer holds of a profile: its samples, and all their stacks merged into one tree of frames, so that stacks cost nothing but their
 * leaf. Every view is a query on it: which samples, changed how, merged by what.
 *
 *   sample i   leaves[i]           → the tree's node of its innermost frame; the root when its stack is empty
 *              values[t]?.[i]      → its value of sample type t; a missing column is 1 for each sample
 *              labelSets[i]        → number of a set in `sets`, whose numbers are of `labels`; without labels there is no column
 *              starts[i]           → nanoseconds since the beginning, ascending; no column when nobody told
 *              sides[i]            → 0 or 1: which of two profiles it came from; no column for one profile
 *   node n     tree.parents[n], tree.groups[n]   → the caller's node, and a frame of `frames`
 */

import type { Label, ValueType } from '../model.js';
import type { FrameTable } from './frames.js';
import type { Tree } from './node-table.js';

export interface SampleStore {
  sampleTypes: ValueType[];
  defaultType: number;
  timeNanos: bigint;
  durationNanos: number;
  comments: string[];
  frames: FrameTable;
  tree: Tree;
  leaves: Uint32Array;
  values: (Float64Array | undefined)[];
  labelSets: Uint32Array | undefined;
  sets: Uint32Array[];
  labels: Label[];
  starts: Float64Array | undefined;
  sides: Uint8Array | undefined;
}
