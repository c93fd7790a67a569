/** From what a recording has to a profile: the one place where samples become pprof's. */

import type { Profile } from '@nops/core/profile/model';
import { type Blamed, blameLoops, tellUnchecked } from '@nops/core/profile/sampling/loop-blame';
import type { StackTotals } from '@nops/core/profile/sampling/stack-totals';
import { totalsToProfile } from '@nops/core/profile/sampling/to-profile';
import type { LabelView } from './labels.js';
import type { Recorded } from './recording.js';
import type { ThreadPart } from './thread-part.js';

interface Totalled {
  part: ThreadPart;
  totals: StackTotals;
}

export function toProfile(recorded: Recorded): Profile {
  const threads = recorded.parts.map(part => ({ part, totals: part.totals() }));
  const verdicts = threads.flatMap(({ part, totals }) => correct(recorded, part, totals).comments);
  return totalsToProfile(
    threads.map(({ part, totals }) => ({
      totals,
      labels: [{ key: 'thread', text: part.label }],
      labelsOf: recorded.labels?.of,
    })),
    {
      startedAtMs: recorded.startedAtMs,
      durationMicros: recorded.range.toMicros - recorded.range.fromMicros,
      intervalMicros: recorded.parts[0]?.intervalMicros ?? recorded.askedIntervalMicros,
      comments: [...describe(recorded, threads), ...verdicts],
    },
  );
}

/** Of the main thread, the only one that V8's profiler samples: its looping functions get what V8 tells for their callers. */
export function correct({ beside }: Recorded, part: ThreadPart, totals: StackTotals): Blamed {
  if (!part.isMain) return { moved: new Map(), comments: [] };
  if (beside === undefined) {
    return { moved: new Map(), comments: tellUnchecked(totals, 'what was sampled in the past') };
  }
  return blameLoops(totals, beside === 'none' ? undefined : beside);
}

const howWorkersAreRead =
  'worker threads: not by V8, their stacks are read from outside; of a thread that runs, the innermost function may be one that has just returned, and collecting garbage counts for the function that allocated';

/** What a reader must know of how it was measured, one line each. */
function describe(recorded: Recorded, threads: readonly Totalled[]): string[] {
  const hasWorkers = threads.some(({ part }) => !part.isMain);
  return [
    "V8's sampling CPU profiler; wall time (not CPU time) in which a thread was not waiting for events; a leaf's line is the hot one, a caller's its definition",
    ...(hasWorkers ? [howWorkersAreRead] : []),
    ...threads.flatMap(thread => describeThread(recorded, thread, threads.length > 1)),
    ...recorded.notes,
  ];
}

function describeThread(recorded: Recorded, { part, totals }: Totalled, isOneOfMany: boolean): string[] {
  const wanted = recorded.range.toMicros - recorded.range.fromMicros;
  const { coveredMicros, samples, missed, ownSamples, idleMicros } = totals;
  const of = isOneOfMany ? ` (${part.label})` : '';
  const rate = coveredMicros === 0 ? 0 : (samples * 1e6) / coveredMicros;
  const lines = [
    `idle${of}: ${seconds(idleMicros)} of ${seconds(coveredMicros)} s waiting for events, not in the samples`,
    `rate${of}: ${rate.toFixed(1)} samples a second, ${hertz(part.intervalMicros)} wanted; ${missed} missed${part.isMain ? `; ${ownSamples} of the profiler itself left out` : ''}`,
  ];
  if (part.intervalMicros !== recorded.askedIntervalMicros) {
    lines.push(
      `rate${of}: sampled at ${hertz(part.intervalMicros)} Hz instead of ${hertz(recorded.askedIntervalMicros)}: it was being sampled at that rate already`,
    );
  }
  if (part.labelAt !== undefined && recorded.labels !== undefined) lines.push(labelled(totals, recorded.labels));
  if (part.turns > 0) lines.push(`pause${of}: ${pauses(part)}`);
  if (part.kind === 'sum') return lines;
  if (part.brokenBy !== undefined) lines.push(`partial${of}: it ended early: ${part.brokenBy}`);
  else if (coveredMicros < wanted * 0.99) {
    lines.push(`partial${of}: ${seconds(coveredMicros)} of ${seconds(wanted)} s were sampled`);
  }
  return lines;
}

/** How much of the time in which the thread was not waiting has labels. */
function labelled({ tree, stacks }: StackTotals, { switches, lost }: LabelView): string {
  let all = 0;
  let known = 0;
  for (const [node, total] of stacks) {
    if (tree.kind(node) !== 'program') continue;
    all += total.micros;
    for (const part of total.labelled?.values() ?? []) known += part.micros;
  }
  const share = all === 0 ? 0 : Math.max(0, 100 * (1 - known / all));
  const missing = lost === 0 ? '' : `, ${lost} more lost`;
  return `labels: ${share.toFixed(1)} % of the time has none; async_hooks were on for them, ${switches} switches of context seen${missing}`;
}

function pauses({ coldStartMs, turns, maxPauseMs }: ThreadPart): string {
  const start =
    coldStartMs === undefined ? 'none to start, it was sampled already' : `${coldStartMs.toFixed(1)} ms to start`;
  return `${start}; ${maxPauseMs.toFixed(1)} ms at most to fetch samples, ${turns} times`;
}

function hertz(intervalMicros: number): number {
  return intervalMicros === 0 ? 0 : Math.round(1e6 / intervalMicros);
}

function seconds(micros: number): string {
  return (micros / 1e6).toFixed(2);
}
