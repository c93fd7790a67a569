/**
 * Sums of sampled stacks, of one thread or several → Profile. Times in V8's `(idle)` are left out, as in `fromCpuProfile`, whose rules for
 * lines hold here too: a leaf is split by the lines it was seen in, a caller has the line of its definition.
 */

import { ProfileBuilder } from '../builder.js';
import type { Label, Profile } from '../model.js';
import { frameFunctionId, tickColumn } from '../v8-frame.js';
import type { StackTotal, StackTotals } from './stack-totals.js';
import type { StackTree } from './stack-tree.js';

export interface ThreadTotals {
  totals: StackTotals;
  labels: Label[];
  /** What the numbers of the totals' labels stand for. */
  labelsOf?: ((label: number) => Label[]) | undefined;
}

export interface SampledHead {
  /** When the range began, milliseconds since 1970. */
  startedAtMs: number;
  durationMicros: number;
  intervalMicros: number;
  comments: string[];
}

export function totalsToProfile(threads: readonly ThreadTotals[], head: SampledHead): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'wall', unit: 'nanoseconds' },
    ],
    defaultSampleType: 'wall',
    periodType: { type: 'wall', unit: 'nanoseconds' },
    period: head.intervalMicros * 1000,
    timeNanos: BigInt(Math.round(head.startedAtMs * 1000)) * 1000n,
    durationNanos: Math.round(head.durationMicros * 1000),
    comments: head.comments,
  });
  for (const thread of threads) addThread(builder, thread);
  return builder.build();
}

function addThread(builder: ProfileBuilder, { totals, labels, labelsOf }: ThreadTotals): void {
  const { tree, stacks } = totals;
  const definitions = new Map<number, number>();
  for (const [node, total] of stacks) {
    if (node === 0 || tree.kind(node) !== 'program' || (total.hits === 0 && total.micros === 0)) continue;
    const callers = tree.path(node).map(n => definition(builder, tree, n, definitions));
    for (const [label, part] of byLabel(total)) {
      const own = label === 0 ? [] : (labelsOf?.(label) ?? []);
      addLeaf(builder, { tree, node, total: part, callers, labels: [...labels, ...own] });
    }
  }
}

/** A stack's parts by label, 0 for what has none; lines are shared out by hits. */
function byLabel(total: StackTotal): [label: number, part: StackTotal][] {
  if (total.labelled === undefined) return [[0, total]];
  const parts = [...total.labelled];
  const sum = (of: 'hits' | 'micros') => parts.reduce((all, [, part]) => all + part[of], 0);
  const rest = { hits: Math.max(0, total.hits - sum('hits')), micros: Math.max(0, total.micros - sum('micros')) };
  return [[0, rest] satisfies [number, typeof rest], ...parts]
    .filter(([, { hits, micros }]) => hits > 0 || micros > 0)
    .map(([label, part]) => [label, { ...part, lines: linesOf(total, part.hits) }]);
}

function linesOf({ lines, hits: all }: StackTotal, hits: number): Map<number, number> {
  return new Map(hits === 0 ? [] : [...lines].map(([line, ticks]) => [line, (ticks * hits) / all]));
}

/** The location of a frame whose line is not known: that of its function's definition. */
function definition(builder: ProfileBuilder, tree: StackTree, node: number, known: Map<number, number>): number {
  const before = known.get(node);
  if (before !== undefined) return before;
  const frame = tree.frame(node);
  const line = {
    functionId: frameFunctionId(builder, frame),
    line: frame.lineNumber + 1,
    column: frame.columnNumber + 1,
  };
  const id = builder.locationId([line]);
  known.set(node, id);
  return id;
}

interface Leaf {
  tree: StackTree;
  node: number;
  total: StackTotal;
  /** The leaf's own definition first. */
  callers: number[];
  labels: Label[];
}

/** One sample per hot line; hits and time are shared out by ticks, and nothing is lost in rounding. */
function addLeaf(builder: ProfileBuilder, { tree, node, total, callers, labels }: Leaf): void {
  let nanosLeft = Math.round(total.micros * 1000);
  let hitsLeft = total.hits;
  let ticksLeft = [...total.lines.values()].reduce((sum, ticks) => sum + ticks, 0);
  if (ticksLeft === 0) {
    builder.addSample(callers, [hitsLeft, nanosLeft], labels);
    return;
  }
  const frame = tree.frame(node);
  const functionId = frameFunctionId(builder, frame);
  const lines = [...total.lines];
  for (const [i, [line, ticks]] of lines.entries()) {
    const share = i === lines.length - 1 ? 1 : Math.min(1, ticks / ticksLeft);
    const values: [number, number] = [Math.round(hitsLeft * share), Math.round(nanosLeft * share)];
    ticksLeft -= ticks;
    hitsLeft -= values[0];
    nanosLeft -= values[1];
    if (values[0] === 0 && values[1] === 0) continue;
    const leaf = builder.locationId([{ functionId, line, column: tickColumn(frame, line) }]);
    builder.addSample([leaf, ...callers.slice(1)], values, labels);
  }
}
