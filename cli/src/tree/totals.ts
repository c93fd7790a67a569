/** Sums over the answers of a family of processes. What one does not know is left out; what none knows is null. */

import type { AsyncResult } from '@nops/core/protocol/async-results';
import type { MemstatsResult } from '@nops/core/protocol/memory-results';
import type { FdsResult, PoolsResult, SocketsResult, StackResult, StatsResult } from '@nops/core/protocol/results';
import { formatBytes, formatMillis, formatNumber } from '@nops/core/units/format';

type Totals = Record<string, number | null>;

function combine<Result>(
  results: Result[],
  value: (result: Result) => number | null | undefined,
  join: (a: number, b: number) => number = (a, b) => a + b,
): number | null {
  const known = results.map(value).filter(number => number != null);
  return known.length === 0 ? null : known.reduce(join);
}

export function statsTotals(results: StatsResult[]): Totals {
  return {
    requestsInFlight: combine(results, ({ requests }) => requests?.in.inFlight),
    requestsFinishedPerSec: combine(results, ({ requests }) => requests?.in.finishedPerSec),
    delayMaxMs: combine(results, ({ loop }) => loop?.delayMaxMs, Math.max),
    gcPauseMs: combine(results, ({ gc }) => gc?.pauseMs),
    heapUsedBytes: combine(results, ({ heap }) => heap?.usedBytes),
    rssBytes: combine(results, ({ rssBytes }) => rssBytes),
    cpuPercent: combine(results, ({ cpuPercent }) => cpuPercent),
    threads: combine(results, ({ threads }) => threads),
    fds: combine(results, ({ fds }) => fds?.open),
  };
}

/** Pages that are shared count once in PSS, and with every process in RSS. */
export function memstatsTotals(results: MemstatsResult[]): Totals {
  return {
    heapUsedBytes: combine(results, ({ heap }) => heap?.usedBytes),
    rssBytes: combine(results, ({ rssBytes }) => rssBytes),
    pssBytes: combine(results, ({ pssBytes }) => pssBytes),
    swapBytes: combine(results, ({ swapBytes }) => swapBytes),
  };
}

export function poolsTotals(results: PoolsResult[]): Totals {
  const peers = results.flatMap(({ pools }) => pools.flatMap(pool => pool.peers));
  return {
    inUse: combine(peers, peer => peer.inUse) ?? 0,
    free: combine(peers, peer => peer.free) ?? 0,
    queued: combine(peers, peer => peer.queued) ?? 0,
    openedPerSec: combine(peers, peer => peer.openedPerSec) ?? 0,
    requestsPerSec: combine(peers, peer => peer.requestsPerSec) ?? 0,
  };
}

/** A socket that a cluster shares counts with every process that has it. */
export function socketsTotals(results: SocketsResult[]): Totals {
  return {
    connections: combine(results, ({ peers }) => combine(peers, peer => peer.count) ?? 0),
    listeners: combine(results, ({ listeners }) => listeners.length),
    unix: combine(results, ({ unix }) => combine(unix, socket => socket.count) ?? 0),
  };
}

export function fdsTotals(results: FdsResult[]): Totals {
  return { open: combine(results, ({ open }) => open) };
}

export function asyncTotals(results: AsyncResult[]): Totals {
  return {
    suspended: combine(results, ({ suspended }) => suspended),
    runnable: combine(results, ({ runnable }) => runnable),
    inTransit: combine(results, ({ inTransit }) => inTransit),
    lost: combine(results, ({ lost }) => lost),
  };
}

export function stackTotals(results: StackResult[]): Totals {
  return {
    threads: combine(results, ({ threads }) => threads.length),
    pausedMicros: combine(results, ({ pausedMicros }) => pausedMicros),
  };
}

/** By the unit that the name ends in. */
export function formatTotal(name: string, value: number | null): string {
  if (value === null) return 'unknown';
  if (name.endsWith('Bytes')) return formatBytes(value);
  if (name.endsWith('Ms')) return formatMillis(value);
  return formatNumber(value);
}
