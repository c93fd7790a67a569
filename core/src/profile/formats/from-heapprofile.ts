/**
 * V8's sampled heap (`HeapProfiler.SamplingHeapProfile` of the inspector protocol, a `.heapprofile` file) → Profile.
 *
 * V8 picks allocations at random, about one every `intervalBytes`, and drops those that the garbage collector frees; the sizes it
 * reports are already scaled up to estimates of the whole heap (v8/src/profiler/sampling-heap-profiler.cc, ScaleSample).
 */

import { ProfileBuilder } from '../builder.js';
import type { Profile } from '../model.js';
import { type CallFrame, frameFunctionId } from '../v8-frame.js';

export interface HeapProfileNode {
  callFrame: CallFrame;
  /** Bytes allocated here, still alive. */
  selfSize: number;
  id: number;
  children: HeapProfileNode[];
}

export interface HeapProfile {
  head: HeapProfileNode;
  /** One entry per sampled object; `size` is in bytes, scaled up like `selfSize`; `ordinal` counts them from the sampler's start. */
  samples?: { size: number; nodeId: number; ordinal: number }[];
}

export interface HeapProfileOptions {
  /** When it began, milliseconds since 1970. */
  startedAtMs: number;
  durationMs: number;
  intervalBytes: number;
  /** What the sampler kept: what is still alive (the default), or all that was allocated. */
  keeps?: HeapKeeps;
  /** Only what was sampled after this ordinal. */
  afterOrdinal?: number;
  comments?: string[];
}

export type HeapKeeps = 'inuse' | 'alloc';

export function fromHeapProfile(heap: HeapProfile, options: HeapProfileOptions): Profile {
  const { keeps = 'inuse', afterOrdinal } = options;
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: `${keeps}_objects`, unit: 'count' },
      { type: `${keeps}_space`, unit: 'bytes' },
    ],
    defaultSampleType: `${keeps}_space`,
    periodType: { type: 'space', unit: 'bytes' },
    period: options.intervalBytes,
    timeNanos: BigInt(Math.round(options.startedAtMs)) * 1_000_000n,
    durationNanos: options.durationMs * 1e6,
    comments: options.comments ?? [],
  });
  const { counts, bytes } = sums(heap, options.intervalBytes, afterOrdinal ?? 0);
  const bytesOf = (node: HeapProfileNode) => (afterOrdinal === undefined ? node.selfSize : (bytes.get(node.id) ?? 0));
  const pending = heap.head.children.map(node => enter(builder, node, undefined));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node } = next;
    if (bytesOf(node) > 0) builder.addSample(stackOf(next), [counts.get(node.id) ?? 0, bytesOf(node)]);
    for (const child of node.children) pending.push(enter(builder, child, next));
  }
  return builder.build();
}

/** A node with the way to it, so that only nodes that hold something cost a stack. */
interface Entered {
  node: HeapProfileNode;
  location: number;
  caller: Entered | undefined;
}

function enter(builder: ProfileBuilder, node: HeapProfileNode, caller: Entered | undefined): Entered {
  const functionId = frameFunctionId(builder, node.callFrame);
  const { lineNumber, columnNumber } = node.callFrame;
  return {
    node,
    location: builder.locationId([{ functionId, line: lineNumber + 1, column: columnNumber + 1 }]),
    caller,
  };
}

function stackOf(entered: Entered): number[] {
  const stack: number[] = [];
  for (let at: Entered | undefined = entered; at !== undefined; at = at.caller) stack.push(at.location);
  return stack;
}

/** The last ordinal so far, 0 for none: what is allocated from now on gets higher ones. */
export function lastOrdinal({ samples = [] }: HeapProfile): number {
  return samples.reduce((last, { ordinal }) => Math.max(last, ordinal), 0);
}

/** Objects and bytes per node. V8 gives one entry per sampled object: its size times the number of objects it stands for. */
function sums(heap: HeapProfile, intervalBytes: number, afterOrdinal: number) {
  const known = new Map<number, number>();
  const counts = new Map<number, number>();
  const bytes = new Map<number, number>();
  for (const { size, nodeId, ordinal } of heap.samples ?? []) {
    if (ordinal <= afterOrdinal) continue;
    let weight = known.get(size);
    if (weight === undefined) {
      weight = objectsPerSample(size, intervalBytes);
      known.set(size, weight);
    }
    counts.set(nodeId, (counts.get(nodeId) ?? 0) + weight);
    bytes.set(nodeId, (bytes.get(nodeId) ?? 0) + size);
  }
  return { counts, bytes };
}

/** V8 aligns objects to 8 bytes; the smallest that it allocates from JavaScript have two words. */
const objectAlignment = 8;
const smallestObject = 16;

/**
 * How many objects a sample of `bytes` stands for. V8 samples an object of size s with probability p(s) = 1 − exp(−s/interval) and
 * reports s·round(1/p(s)); so we look for the smallest s whose report this is. The weight is not rounded: rounding each sample of
 * large objects would lose a quarter of them. Small sizes can report the same bytes; then the smaller one, being more common, counts.
 */
function objectsPerSample(bytes: number, intervalBytes: number): number {
  if (bytes > 40 * intervalBytes) return 1; // p(s) is 1 to the last bit of a double
  for (let size = smallestObject; size <= bytes; size += objectAlignment) {
    if (bytes % size !== 0) continue;
    const weight = 1 / -Math.expm1(-size / intervalBytes);
    if (Math.round(weight) === bytes / size) return weight;
  }
  return 1;
}
