/** Sampled windows of one thread, cut to a range → V8's own format (`.cpuprofile`), which keeps when each sample was taken. */

import type { CpuProfile, CpuProfileNode } from '../formats/from-cpuprofile.js';
import type { Blamed } from './loop-blame.js';
import type { SampleWindow } from './sample-window.js';
import { type Range, type StackTotals, sumWindows } from './stack-totals.js';

/** `correct` may change the sums before they are told, and says which stacks it moved. */
export function windowsToCpuProfile(
  windows: readonly SampleWindow[],
  range: Range,
  correct?: (totals: StackTotals) => Pick<Blamed, 'moved'>,
): CpuProfile {
  const totals = sumWindows(windows, range);
  const moved = correct?.(totals).moved;
  const { tree, stacks } = totals;
  const samples: number[] = [];
  const timeDeltas: number[] = [];
  let last = range.fromMicros;
  for (const [seen, time] of samplesIn(windows, range, totals)) {
    let node = seen;
    for (let next = moved?.get(node); next !== undefined; next = moved?.get(node)) node = next;
    samples.push(node + 1);
    timeDeltas.push(time - last);
    last = time;
  }
  const nodes: CpuProfileNode[] = Array.from({ length: tree.size }, (_, n) => ({
    id: n + 1,
    callFrame: n === 0 ? rootFrame : { scriptId: '0', ...tree.frame(n) },
    hitCount: stacks.get(n)?.hits ?? 0,
    children: [],
    ...linesOf(stacks.get(n)?.lines),
  }));
  for (let n = 1; n < tree.size; n++) nodes[tree.parent(n)]?.children?.push(n + 1);
  return { nodes, startTime: range.fromMicros, endTime: range.toMicros, samples, timeDeltas };
}

const rootFrame = { scriptId: '0', functionName: '(root)', url: '', lineNumber: -1, columnNumber: -1 };

function linesOf(lines: Map<number, number> | undefined): Pick<CpuProfileNode, 'positionTicks'> {
  if (lines === undefined || lines.size === 0) return {};
  return { positionTicks: Array.from(lines, ([line, ticks]) => ({ line, ticks: Math.max(1, Math.round(ticks)) })) };
}

/** Node of the sums' tree and time of every sample that is not the profiler's own. */
function* samplesIn(
  windows: readonly SampleWindow[],
  range: Range,
  totals: StackTotals,
): Generator<[node: number, time: number]> {
  const known = new Map<number, number>();
  let of = windows[0]?.tree;
  for (const { tree, nodes, offsets, beginMicros } of windows) {
    if (tree !== of) known.clear();
    of = tree;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] ?? 0;
      const time = beginMicros + (offsets[i] ?? 0);
      if (time < range.fromMicros || time >= range.toMicros || tree.kind(node) === 'own') continue;
      yield [totals.tree.adopt(tree, node, known), time];
    }
  }
}
