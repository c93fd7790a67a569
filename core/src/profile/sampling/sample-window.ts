/**
 * A short stretch of samples of one thread, decoded from V8's CPU profile into columns: 8 bytes a sample.
 *
 *   sample i    nodes[i]   → node of `tree`
 *               offsets[i] → microseconds since `beginMicros`, in ascending order
 *   hot lines   ticks      → triplets: node, 1-based line, how often (V8 counts them per window, not per sample)
 */

import type { CpuProfile } from '../formats/from-cpuprofile.js';
import type { StackTree } from './stack-tree.js';

export interface SampleWindow {
  tree: StackTree;
  /** Microseconds of the monotonic clock that all threads of the process share. */
  beginMicros: number;
  endMicros: number;
  intervalMicros: number;
  nodes: Uint32Array;
  offsets: Uint32Array;
  ticks: Uint32Array;
}

/** About what it holds in memory, without its tree. */
export function windowBytes(window: SampleWindow): number {
  return 200 + (window.nodes.length + window.offsets.length + window.ticks.length) * 4;
}

/**
 * Columns of `cpu`, whose stacks are added to `tree`. Windows overlap, since one is opened before the last is closed: what `before`, the
 * window before, has already is left out, so that windows laid side by side count every sample once.
 */
export function decodeWindow(
  cpu: CpuProfile,
  { tree, intervalMicros, before }: { tree: StackTree; intervalMicros: number; before?: SampleWindow | undefined },
): SampleWindow {
  const ids = addNodes(cpu, tree);
  const beginMicros = before !== undefined && before.endMicros > cpu.startTime ? before.endMicros : cpu.startTime;
  let samples: { node: number; time: number }[] = [];
  let time = cpu.startTime;
  let earliest = time;
  for (const [i, id] of (cpu.samples ?? []).entries()) {
    time += cpu.timeDeltas?.[i] ?? 0;
    earliest = Math.min(earliest, time);
    samples.push({ node: ids.get(id) ?? 0, time });
  }
  if (before !== undefined) {
    const known = timesFrom(before, earliest);
    samples = samples.filter(sample => !known.has(sample.time));
  }
  // V8 processes ticks by the code they ran in, so a few come late.
  samples.sort((a, b) => a.time - b.time);
  return {
    tree,
    beginMicros,
    endMicros: Math.max(beginMicros, cpu.endTime),
    intervalMicros,
    nodes: Uint32Array.from(samples, s => s.node),
    offsets: Uint32Array.from(samples, s => Math.max(0, s.time - beginMicros)),
    ticks: Uint32Array.from(
      cpu.nodes.flatMap(node =>
        (node.positionTicks ?? [])
          .filter(t => t.line > 0 && t.ticks > 0)
          .flatMap(t => [ids.get(node.id) ?? 0, t.line, t.ticks]),
      ),
    ),
  };
}

/** V8's node ids → ours. V8 lists a node before those that it calls. */
function addNodes(cpu: CpuProfile, tree: StackTree): Map<number, number> {
  const ids = new Map<number, number>();
  const callers = new Map<number, number>();
  for (const [i, node] of cpu.nodes.entries()) {
    const id = i === 0 ? 0 : tree.node(callers.get(node.id) ?? 0, node.callFrame);
    ids.set(node.id, id);
    for (const child of node.children ?? []) callers.set(child, id);
  }
  return ids;
}

function timesFrom(window: SampleWindow, fromMicros: number): Set<number> {
  const times = new Set<number>();
  for (let i = window.offsets.length - 1; i >= 0; i--) {
    const time = window.beginMicros + (window.offsets[i] ?? 0);
    if (time < fromMicros) break;
    times.add(time);
  }
  return times;
}
