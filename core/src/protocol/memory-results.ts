/** Results about memory: heap profiles, V8's heap, garbage collection. Rules as in results.ts. */

import type { FamilyMember } from './family-results.js';
import type { CgroupFacts, InfoPulse } from './info-parts.js';
import type { Result, ThreadActivity, TopEntry } from './results.js';

/** `nops heap`. */
export interface HeapResult extends Result<'heap'> {
  /** Path of the pprof file that was written. */
  file: string;
  /** What the profile covers: since the agent's sampler started when it samples all the time. */
  seconds: number;
  /** Live objects, as estimated from the samples. */
  objects: number;
  totalBytes: number;
  /** By inuse_space in bytes, most flat first; at most 500 functions. */
  top: TopEntry[];
  /** With --tree: whose samples are in it; they have the label `pid`. */
  processes?: FamilyMember[];
  /** With --open: the page that shows the profile, valid while the command runs. */
  url?: string;
}

/** `nops allocs`: fields as of `nops heap`, but for all that was allocated, also what is freed already. */
export interface AllocsResult extends Omit<HeapResult, 'schema' | 'url'>, Result<'allocs'> {}

/** V8's own figures of the main thread's heap: v8.getHeapStatistics() and v8.getHeapSpaceStatistics(). */
export interface V8Heap {
  usedBytes: number;
  totalBytes: number;
  physicalBytes: number;
  /** Where V8 gives up: heap_size_limit. */
  limitBytes: number;
  availableBytes: number;
  externalBytes: number;
  arrayBuffersBytes: number;
  /** What V8 itself got from malloc, now and at most. */
  mallocedBytes: number;
  peakMallocedBytes: number;
  nativeContexts: number;
  detachedContexts: number;
  spaces: { name: string; sizeBytes: number; usedBytes: number; availableBytes: number; physicalBytes: number }[];
}

/** `nops memstats` and the agent's `memstats`. */
export interface MemstatsResult extends Result<'memstats'> {
  /** null when no agent answers, or its main thread does not. */
  heap: V8Heap | null;
  rssBytes: number | null;
  /** Its share of the memory: pages shared with others are divided among them. Null when it may not be read. */
  pssBytes: number | null;
  /** Of the resident memory: anonymous (heap, stacks, buffers), files mapped, and swapped out. */
  anonymousBytes: number | null;
  fileBytes: number | null;
  swapBytes: number | null;
  machineBytes: number | null;
  cgroup: CgroupFacts | null;
}

/** The agent's `pulse`: what its main thread says at once. */
export interface PulseResult extends Result<'pulse'>, InfoPulse {
  blockedForMs: number | null;
  main: ThreadActivity;
}

/** `nops gc`. */
export interface GcResult extends Result<'gc'> {
  before: HeapSize;
  after: HeapSize;
  /** From the request to its end, the wait for the main thread included. */
  elapsedMs: number;
}

export interface HeapSize {
  usedBytes: number;
  totalBytes: number;
  externalBytes: number;
  rssBytes: number;
}

/** `nops setgc`, with and without a change. */
export interface SetgcResult extends Result<'setgc'> {
  changes: { name: string; old: number | null; new: number | null }[];
  settings: GcSettings;
  /** What V8 reads once, when it makes the heap, so that no running process can change it. */
  fixed: { name: string; value: number | null; unit: 'bytes'; how: string }[];
  /** How V8 really collected over some seconds, before and after the change; null when not measured. */
  observed: { before: GcGrowth | null; after: GcGrowth | null } | null;
}

export interface GcSettings {
  /** By how many percent the heap may grow until the next full collection; null: V8 decides by itself. */
  growingPercent: number | null;
  /** Heap snapshots that Node writes before it runs out of heap; null: not set by nops. */
  snapshotsNearLimit: number | null;
}

/** Full collections of the main thread's heap in a window. */
export interface GcGrowth {
  seconds: number;
  fullCollections: number;
  /** Mean growth of the used heap from the end of one to the begin of the next, in percent; null with fewer than two. */
  growthPercent: number | null;
}

/** The body of a `setgc` request: absent fields stay as they are, null puts V8 in charge again. */
export interface SetgcRequest {
  growingPercent?: number | null;
  snapshotsNearLimit?: number;
}
