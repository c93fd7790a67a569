/** The part of the stats that /proc tells: memory, CPU, threads and descriptors. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { StatsResult } from '@nops/core/protocol/results';
import { readFdLimit } from '@nops/probe/beside/fds';
import { orUndefined } from '@nops/probe/beside/procfs';
import { readActivity } from '@nops/probe/beside/threads';
import { cpuPercent, readUsage, type UsageSample } from '@nops/probe/beside/usage';
import type { Context } from '../context.js';
import { howToGetAgent } from '../target/target.js';

/** Rejects when the wait is aborted. */
export async function statsBeside(context: Context, pid: number, seconds: number): Promise<StatsResult> {
  const before = readUsage(pid);
  const progress = context.progress('measuring', seconds * 1000);
  await sleep(seconds * 1000, undefined, { signal: context.signal }).finally(() => progress.stop());
  const after = readUsage(pid);
  return {
    schema: 'nops.stats/1',
    pid,
    way: 'beside',
    notes: [`An agent would add requests, event loop, GC and heap; ${howToGetAgent}`],
    seconds: (after.at - before.at) / 1000,
    requests: null,
    activeHandles: null,
    activeRequests: null,
    loop: null,
    gc: null,
    heap: null,
    rssBytes: after.rssBytes,
    cpuPercent: cpuPercent(before, after),
    threads: after.threads,
    fds: fdsBetween(pid, before, after),
    blockedForMs: null,
    main: readActivity(pid, pid),
  };
}

/** From outside only the growth of the table is seen: descriptors that were closed meanwhile hide as many that were opened. */
function fdsBetween(pid: number, before: UsageSample, after: UsageSample): StatsResult['fds'] {
  if (before.fdCount === null || after.fdCount === null) return null;
  const limit = orUndefined(() => readFdLimit(pid).soft) ?? null;
  const perSec = ((after.fdCount - before.fdCount) * 1000) / (after.at - before.at);
  return { open: after.fdCount, limit, openedPerSec: Math.max(0, perSec) };
}
