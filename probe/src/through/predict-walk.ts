/**
 * How long the main thread stands still for a walk over its heap by the inspector's Runtime.queryObjects, from what V8 tells at once. Pure.
 *
 * V8 collects the heap two to seven times (v8/src/heap/heap.cc, CollectAllAvailableGarbage) and marks it once more (v8/src/profiler/heap-profiler.cc,
 * QueryObjects), so the pause grows with what is alive. Milliseconds of CPU time for each megabyte in use, of the process with all of V8's threads, on an x64 machine of two cores:
 *
 *   heap in use                  Node 20          22               24               26
 *                      MB        20   100  300    20   100  300    20   100  300    20   100  300
 *   instances of a class         10    10    9    10     9    9    10     9    9     9    10    9
 *   parsed JSON                  13    13   12    12    13   12    10    12   11    11    12   11
 *   closures and promises         9     9    6     9     7    6     9     7    6     9     7    6
 *   array of empty objects        8     6    6     8     7    -     8     6    -     8     6    6
 *   Map of strings to objects     7     6    5     8     6    5     7     6    5    10    28   25
 *   text                          3     1    -     5     2    -     5     2    -     6     2    -
 *
 * By the clock it was as much where a core was free, and up to ten times as much where none was. The figure below is above all of these.
 */

export interface WalkFacts {
  /** Of the heap, in use. */
  usedBytes: number;
  /** Cores that its control group may use; null: no quota. */
  limitCores: number | null;
}

const baseMs = 100;
const msPerMegabyte = 30;

/** A longer one has to be forced: clients and load balancers give a process up after some seconds. */
export const maxWalkMs = 2000;

export function predictWalk({ usedBytes, limitCores }: WalkFacts): number {
  return Math.round((baseMs + (usedBytes / 1e6) * msPerMegabyte) / Math.min(1, limitCores ?? 1));
}
