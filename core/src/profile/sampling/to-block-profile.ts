/**
 * Samples of a thread and the stretches in which its event loop did not come round → what blocked it, as Go's block profile: contentions
 * and delay by stack. A stall is a contention of the stack that had most of it; its delay is shared out as it was spent.
 */

import type { Profile } from '../model.js';
import type { SampleWindow } from './sample-window.js';
import type { StackTotal } from './stack-totals.js';
import { StackTotals } from './stack-totals.js';
import { totalsToProfile } from './to-profile.js';

export interface Stretch {
  fromMicros: number;
  toMicros: number;
}

/** In ascending order; their samples are those of `windows` that begin within them. */
export function toBlockProfile(
  windows: Iterable<SampleWindow>,
  stalls: readonly Stretch[],
  { startedAtMs, durationMicros, comments }: { startedAtMs: number; durationMicros: number; comments: string[] },
): Profile {
  const totals = new StackTotals({ fromMicros: 0, toMicros: Number.POSITIVE_INFINITY }, micros =>
    stallAt(stalls, micros),
  );
  for (const window of windows) totals.add(window);
  totals.finish();
  countContentions(totals);
  const head = { startedAtMs, durationMicros, intervalMicros: 0, comments };
  return {
    ...totalsToProfile([{ totals, labels: [] }], head),
    sampleTypes: [
      { type: 'contentions', unit: 'count' },
      { type: 'delay', unit: 'nanoseconds' },
    ],
    defaultSampleType: 'delay',
    periodType: { type: 'contentions', unit: 'count' },
    period: 1,
  };
}

/** The number of the stall, from 1, that a time is in; 0: none. */
function stallAt(stalls: readonly Stretch[], micros: number): number {
  let from = 0;
  let to = stalls.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((stalls[middle]?.fromMicros ?? 0) <= micros) from = middle + 1;
    else to = middle;
  }
  return micros < (stalls[from - 1]?.toMicros ?? 0) ? from : 0;
}

/** Of each stack only what was in a stall stays; `hits` become contentions. */
function countContentions({ tree, stacks }: StackTotals): void {
  const most = new Map<number, { total: StackTotal; micros: number }>();
  for (const [node, total] of stacks) {
    const inStalls =
      tree.kind(node) === 'program' ? (total.labelled ?? new Map<number, never>()) : new Map<number, never>();
    total.hits = 0;
    total.micros = 0;
    total.lines.clear();
    for (const [stall, { micros }] of inStalls) {
      total.micros += micros;
      if (micros > (most.get(stall)?.micros ?? 0)) most.set(stall, { total, micros });
    }
    delete total.labelled;
  }
  for (const { total } of most.values()) total.hits++;
}
