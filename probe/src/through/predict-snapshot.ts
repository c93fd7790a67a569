/**
 * What a heap snapshot will cost, from what V8 tells at once, and whether there is room for it. Pure.
 *
 * V8 tells no number of objects, so it is estimated from the bytes in use: 36 to 50 bytes for each object in the dense heaps below, 60 to 95 in
 * arrays of empty objects, in maps and in a bare Node. V8 makes a node and
 * its edges for each, outside of its own heap. Large objects are mostly backing stores of arrays and maps, an edge and a name in each
 * slot, so they weigh more; text and numbers without pointers weigh nothing, which nothing tells beforehand. Measured, all with text
 * left out, on an x64 machine whose cores were shared:
 *
 *   heap in use                  objects   Node  pause   memory added  file
 *   163 MB, 800,000 instances    4.0 M     20    17.5 s  2448 MB       326 MB
 *   155 MB, the same             4.1 M     26    10.9 s  2222 MB       305 MB
 *    76 MB, parsed JSON          2.1 M     20     9.9 s  1089 MB       163 MB
 *    92 MB, the same             2.2 M     26     4.8 s   930 MB       151 MB
 *    77 MB, array of 1.5 M       1.5 M     20     7.7 s  2105 MB       127 MB   48 MB of it large objects
 *    72 MB, the same             1.6 M     26     5.1 s  2007 MB       118 MB   43 MB
 *     4 MB, nothing but Node     0.04 M    20     0.3 s    33 MB         4 MB
 *     5 MB, the same             0.06 M    26     0.4 s    55 MB         5 MB
 *
 * The figures below are the upper end of these. One heap of those tried needed more than they say: a Map of 225,000 entries on Node 26, 34 MB in
 * use, added 947 MB where 872 MB are predicted. A process of 500 MB elsewhere stood still for 86 s of CPU time and grew to 8.9 times its resident
 * memory; these grew to between 2 and 16 times theirs, so the heap is what counts, not the resident memory.
 */

import type { SnapshotPrediction } from '@nops/core/protocol/heap-snapshot-results';

export interface HeapFacts {
  /** Major version of Node. */
  node: number;
  usedBytes: number;
  /** Of these, in V8's spaces of large objects. */
  largeBytes: number;
  rssBytes: number;
  /** Cores that its control group may use; null: no quota. */
  limitCores: number | null;
}

const bytesPerObject = 40;
/** Node's own, loaded anew with each use: 0.3 s and 55 MB. */
const baseMs = 400;
const baseBytes = 60e6;
const baseFileBytes = 2e6;
/** Milliseconds for each megabyte in use: 100 to 130 with Node 20, 82 to 110 with 22, 50 to 75 with 24 and 26. */
const msPerMegabyte = (node: number): number => (node < 24 ? 130 : 75);
const addedPerByte = 18;
const addedPerLargeByte = 45;
const filePerByte = 2.2;

export function predictSnapshot(facts: HeapFacts): SnapshotPrediction & { objects: number } {
  const { usedBytes, largeBytes, limitCores } = facts;
  const cores = Math.min(1, limitCores ?? 1);
  const added = baseBytes + (usedBytes - largeBytes) * addedPerByte + largeBytes * addedPerLargeByte;
  return {
    objects: Math.round(usedBytes / bytesPerObject),
    pauseMs: Math.round((baseMs + (usedBytes / 1e6) * msPerMegabyte(facts.node)) / cores),
    peakBytes: Math.round(facts.rssBytes + added),
    fileBytes: Math.round(baseFileBytes + usedBytes * filePerByte),
  };
}

/** What is left for it; null: not known, or no limit. */
export interface Room {
  /** In the control group of the process. */
  cgroupBytes: number | null;
  machineBytes: number | null;
  /** Where the file goes. */
  diskBytes: number | null;
}

export interface Shortage {
  what: 'control group' | 'machine' | 'disk';
  neededBytes: number;
  leftBytes: number;
}

/** Each thing that the prediction does not fit into. */
export function shortages(predicted: SnapshotPrediction, rssBytes: number, room: Room): Shortage[] {
  const added = predicted.peakBytes - rssBytes;
  const all: [Shortage['what'], number, number | null][] = [
    ['control group', added, room.cgroupBytes],
    ['machine', added, room.machineBytes],
    ['disk', predicted.fileBytes, room.diskBytes],
  ];
  return all.flatMap(([what, neededBytes, leftBytes]) =>
    leftBytes === null || neededBytes <= leftBytes ? [] : [{ what, neededBytes, leftBytes: Math.max(0, leftBytes) }],
  );
}
