/** The event loop: how busy it was, what held it longest, and how little of it was free in the worst window of each length. */

import { ticksPerMs } from '../format.js';
import { growing32 } from '../growing-column.js';
import { Intervals } from '../intervals.js';
import { type TaskKind, type Trace, taskKinds } from '../model.js';
import { type LoopPhases, loopPhases } from './phases.js';
import { sampledBusyShare, sampledStack } from './stacks.js';

export interface Stall {
  beginMs: number;
  ms: number;
  /** Of this, garbage was collected, and files were read or written blocking. */
  gcMs: number;
  syncMs: number;
  task: { id: number; kind: TaskKind; name: string } | null;
  stack: string;
}

export interface LoopReport {
  utilization: number;
  turns: number;
  phases: LoopPhases;
  stalls: Stall[];
  /** For each window the smallest share of it in which the loop was free, and when that was. */
  curve: { windowMs: number; freeShare: number; beginMs: number }[];
}

const stallsKept = 10;
const windowsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
/** Turns this close together are one stretch for the curve. */
const joinTicks = 0.05 * ticksPerMs;

export function loopReport(trace: Trace): LoopReport {
  const { turns } = trace;
  const longest: number[] = [];
  for (let turn = 0; turn < turns.count; turn++) {
    if (longest.length === stallsKept && lengthOf(trace, turn) <= lengthOf(trace, longest.at(-1) ?? 0)) continue;
    longest.push(turn);
    longest.sort((a, b) => lengthOf(trace, b) - lengthOf(trace, a));
    longest.length = Math.min(longest.length, stallsKept);
  }
  const busy = busyIntervals(trace);
  return {
    utilization: utilization(trace),
    turns: turns.count,
    phases: loopPhases(trace, turn => endOf(trace, turn)),
    stalls: longest.filter(turn => lengthOf(trace, turn) > 0).map(turn => describe(trace, turn)),
    curve: windowsMs.filter(ms => ms * ticksPerMs <= trace.ticks).map(ms => worstWindow(busy, ms, trace.ticks)),
  };
}

/** Without callbacks in it, by libuv's own measure of its waiting; where that is silent too, JavaScript may run since before: by CPU samples. */
function utilization(trace: Trace): number {
  const { idleTicks, nativeTicks, ticks, turns } = trace;
  if (ticks === 0) return 0;
  if (turns.count === 0) return idleTicks === 0 ? sampledBusyShare(trace.samples) : Math.max(0, 1 - idleTicks / ticks);
  let busy = nativeTicks;
  for (let turn = 0; turn < turns.count; turn++) busy += lengthOf(trace, turn);
  return Math.min(1, busy / ticks);
}

function beginOf({ turns, segments }: Trace, turn: number): number {
  return segments.begin[turns.first[turn] ?? 0] ?? 0;
}

function endOf({ turns, segments }: Trace, turn: number): number {
  const next = turn + 1 < turns.count ? (turns.first[turn + 1] ?? segments.count) : segments.count;
  return segments.end[next - 1] ?? 0;
}

function lengthOf(trace: Trace, turn: number): number {
  return endOf(trace, turn) - beginOf(trace, turn);
}

function busyIntervals(trace: Trace): Intervals {
  const begins = growing32();
  const ends = growing32();
  for (let turn = 0; turn < trace.turns.count; turn++) {
    const begin = beginOf(trace, turn);
    const last = ends.length - 1;
    if (last >= 0 && begin - (ends.array[last] ?? 0) < joinTicks) ends.array[last] = endOf(trace, turn);
    else {
      begins.push(begin);
      ends.push(endOf(trace, turn));
    }
  }
  return new Intervals(begins.finish(), ends.finish());
}

/** The worst window begins where the loop gets busy, or ends where it gets free. */
function worstWindow(busy: Intervals, windowMs: number, ticks: number): LoopReport['curve'][number] {
  const window = windowMs * ticksPerMs;
  let most = -1;
  let at = 0;
  const look = (begin: number) => {
    if (begin < 0 || begin + window > ticks) return;
    const covered = busy.overlap(begin, begin + window);
    if (covered <= most) return;
    most = covered;
    at = begin;
  };
  look(0);
  for (let i = 0; i < busy.count; i++) {
    look(busy.begins[i] ?? 0);
    look((busy.ends[i] ?? 0) - window);
  }
  return { windowMs, freeShare: Math.max(0, 1 - Math.max(0, most) / window), beginMs: at / ticksPerMs };
}

function describe(trace: Trace, turn: number): Stall {
  const begin = beginOf(trace, turn);
  const end = endOf(trace, turn);
  const owner = longestOwner(trace, turn);
  return {
    beginMs: begin / ticksPerMs,
    ms: (end - begin) / ticksPerMs,
    gcMs: trace.gc.overlap(begin, end) / ticksPerMs,
    syncMs: trace.syncs.overlap(begin, end) / ticksPerMs,
    task:
      owner === 0
        ? null
        : {
            id: owner - 1,
            kind: taskKinds[trace.tasks.kind[owner - 1] ?? 0] ?? 'async',
            name: trace.names[trace.tasks.name[owner - 1] ?? 0] ?? '',
          },
    stack: sampledStack(trace.samples, begin, end),
  };
}

function longestOwner({ turns, segments }: Trace, turn: number): number {
  const ticks = new Map<number, number>();
  const next = turns.first[turn + 1] ?? segments.count;
  for (let segment = turns.first[turn] ?? 0; segment < next; segment++) {
    const owner = segments.owner[segment] ?? 0;
    ticks.set(owner, (ticks.get(owner) ?? 0) + (segments.end[segment] ?? 0) - (segments.begin[segment] ?? 0));
  }
  const [most] = [...ticks].sort((a, b) => b[1] - a[1]);
  return most?.[0] ?? 0;
}
