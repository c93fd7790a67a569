/**
 * V8's sampled heap (`HeapProfiler.SamplingHeapProfile` of the inspector protocol, a `.heapprofile` file) → Profile.
 *
 * V8 picks allocations at random, about one every `intervalBytes`, and drops those that the garbage collector frees; the sizes it
 * reports are already scaled up to estimates of the whole heap (v8/src/profiler/sampling-heap-profiler.cc, ScaleSample).
 */

import { ProfileBuilder } from './builder.js';
import type { Profile } from './model.js';
import { type CallFrame, frameFunctionId } from './v8-frame.js';

export interface HeapProfileNode {
  callFrame: CallFrame;
  /** Bytes allocated here, still alive. */
  selfSize: number;
  id: number;
  children: HeapProfileNode[];
}

export interface HeapProfile {
  head: HeapProfileNode;
  /** One entry per sampled object; `size` is in bytes, scaled up like `selfSize`. */
  samples?: { size: number; nodeId: number; ordinal: number }[];
}

export interface HeapProfileOptions {
  /** When it began, milliseconds since 1970. */
  startedAtMs: number;
  durationMs: number;
  intervalBytes: number;
  comments?: string[];
}

export function fromHeapProfile(heap: HeapProfile, options: HeapProfileOptions): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'inuse_objects', unit: 'count' },
      { type: 'inuse_space', unit: 'bytes' },
    ],
    defaultSampleType: 'inuse_space',
    periodType: { type: 'space', unit: 'bytes' },
    period: options.intervalBytes,
    timeNanos: BigInt(Math.round(options.startedAtMs)) * 1_000_000n,
    durationNanos: options.durationMs * 1e6,
    comments: options.comments ?? [],
  });
  const counts = objectCounts(heap, options.intervalBytes);
  const pending: { node: HeapProfileNode; callers: number[] }[] = heap.head.children.map(node => ({
    node,
    callers: [],
  }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, callers } = next;
    const functionId = frameFunctionId(builder, node.callFrame);
    const line = node.callFrame.lineNumber + 1;
    const stack = [builder.locationId([{ functionId, line, column: node.callFrame.columnNumber + 1 }]), ...callers];
    if (node.selfSize > 0) builder.addSample(stack, [counts.get(node.id) ?? 0, node.selfSize]);
    for (const child of node.children) pending.push({ node: child, callers: stack });
  }
  return builder.build();
}

/** Objects per node. V8 gives one entry per sampled object: its size times the number of objects it stands for. */
function objectCounts(heap: HeapProfile, intervalBytes: number): Map<number, number> {
  const known = new Map<number, number>();
  const counts = new Map<number, number>();
  for (const { size, nodeId } of heap.samples ?? []) {
    let count = known.get(size);
    if (count === undefined) {
      count = scaledCount(size, intervalBytes);
      known.set(size, count);
    }
    counts.set(nodeId, (counts.get(nodeId) ?? 0) + count);
  }
  return counts;
}

/**
 * How many objects a sample of `bytes` stands for. V8 samples an object of size s with probability p(s) = 1 − exp(−s/interval), lets
 * it stand for k = round(1/p(s)) objects, and reports only s·k; so we look for the k that divides `bytes` and agrees with its own s.
 */
function scaledCount(bytes: number, intervalBytes: number): number {
  const most = Math.ceil(intervalBytes / 8) + 1;
  for (let k = 1; k <= most; k++) {
    if (bytes % k === 0 && Math.round(1 / -Math.expm1(-bytes / k / intervalBytes)) === k) return k;
  }
  return 1;
}
