/** `nops async` of a process that is read from beside; also of the process that this is, by the agent's worker. */

import { readFileSync } from 'node:fs';
import type { AsyncResult } from '@nops/core/protocol/async-results';
import { amidReading } from '../amid-reading.js';
import { orUndefined, ownThreadId } from '../procfs.js';
import { watchThreads } from '../stack/ran-meanwhile.js';
import { openV8, type V8Process } from '../v8/process.js';
import { type AsyncDump, dumpAsync } from './dump.js';
import type { Waiter } from './graph.js';
import { tellGroups } from './result.js';

export interface AsyncOptions {
  /** Between the two looks, in milliseconds. */
  betweenMs: number;
  /** For how many stacks of each group it is searched what they wait on. */
  why: number;
  /** Leaves out what nothing can wake. */
  live: boolean;
  /** Also arguments, and the queries of URLs: user data. */
  values: boolean;
  /** Every frame, also Node's own and those of packages. */
  all: boolean;
  signal: AbortSignal;
  /** Where facts about executables are kept between runs; undefined: nowhere. */
  cacheFolder?: string | undefined;
}

export const asyncBounds = {
  betweenMs: { min: 200, max: 60_000, fallback: 300 },
  why: { min: 0, max: 100, fallback: 1 },
} as const;

type Read = Omit<AsyncResult, 'schema' | 'pid' | 'way' | 'node'>;

/** Throws `no-target`, `no-permission`, `no-answer` when it changed too much, and `impossible` with the check that failed. */
export function readAsync(pid: number, options: AsyncOptions): Promise<Read> {
  return amidReading(pid, () => read(pid, options));
}

async function read(pid: number, options: AsyncOptions): Promise<Read> {
  const startedMs = performance.now();
  const startedCpuMs = threadCpuMs();
  const process = openV8(pid, options.cacheFolder);
  try {
    const leaveOut = ownIsolates(process);
    let ran = true;
    const { betweenMs, signal } = options;
    const hasRun = watchThreads(
      pid,
      [...process.isolates.keys()].filter(tid => tid !== ownThreadId()),
    );
    const dump = await dumpAsync(process.memory, process.heap.layout, { betweenMs, signal, leaveOut }).finally(
      () => (ran = hasRun()),
    );
    const { dead, notes } = options.live ? await findDead(dump, signal) : { dead: new Set<Waiter>(), notes: [] };
    const told = tellGroups(dump, { ...options, dead });
    const counts = count(dump, dead);
    const cpuMs = threadCpuMs() - startedCpuMs;
    const scan = {
      heapBytes: dump.heapBytes,
      cpuMs: Math.round(cpuMs),
      wallMs: Math.round(performance.now() - startedMs),
    };
    return {
      v8: process.located.binary.version.join('.'),
      pausedMicros: 0,
      notes: [...dump.limits, ...told.limits, ...notes, ...notesOn(counts.runnable, ran)],
      ...counts,
      groups: told.groups,
      scan,
    };
  } finally {
    process.close();
  }
}

/** A job that has had its turn stays in memory for a while, and nothing in it tells that. */
function notesOn(runnable: number, ran: boolean): string[] {
  if (runnable === 0 || !ran) return [];
  return [
    'The process ran meanwhile: of the runnable ones, some may have had their turn and wait for something else by now.',
  ];
}

async function findDead(dump: AsyncDump, signal: AbortSignal): Promise<{ dead: Set<Waiter>; notes: string[] }> {
  const { findDeadWaiters } = await import('./live.js');
  const { dead, limits } = findDeadWaiters(dump, signal);
  const left = dead.size === 0 ? [] : [`${dead.size} suspended functions that nothing can wake any more are left out.`];
  return { dead, notes: [...left, ...limits] };
}

function count({ graph, stuck }: AsyncDump, dead: ReadonlySet<Waiter>) {
  const live = graph.waiters.filter(waiter => !dead.has(waiter));
  return {
    suspended: live.length,
    runnable: live.filter(({ isRunnable }) => isRunnable).length,
    inTransit: live.filter(waiter => !waiter.isRunnable && !waiter.isLost && !stuck.has(waiter)).length,
    lost: live.filter(({ isLost }) => isLost).length,
  };
}

/** In the process that this is, what this thread does is of no interest: it would always be found amid this very dump. */
function ownIsolates({ pid, isolates }: V8Process): number[] {
  if (pid !== process.pid) return [];
  const tid = ownThreadId();
  const own = tid === undefined ? undefined : isolates.get(tid);
  return own === undefined ? [] : [own];
}

/** What this thread has used of a CPU: nanoseconds come first in schedstat (Documentation/scheduler/sched-stats.rst). */
function threadCpuMs(): number {
  const text = orUndefined(() => readFileSync('/proc/thread-self/schedstat', 'utf8'));
  return text === undefined ? 0 : Number(text.split(' ')[0]) / 1e6;
}
