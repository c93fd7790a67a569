/** The part of the stats that /proc tells: memory, CPU, threads and descriptors. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { StatsResult } from '@nops/core/protocol/results';
import { measureUsage } from '@nops/probe/beside/measure-usage';
import { readActivity } from '@nops/probe/beside/threads';
import type { Context } from '../context.js';
import { howToGetAgent } from '../target/found.js';

/** Rejects when the wait is aborted. */
export async function statsBeside(context: Context, pid: number, seconds: number): Promise<StatsResult> {
  const began = performance.now();
  const progress = context.progress('measuring', seconds * 1000);
  const wait = () => sleep(seconds * 1000, undefined, { signal: context.signal });
  const usage = await measureUsage(pid, wait).finally(() => progress.stop());
  return {
    schema: 'nops.stats/1',
    pid,
    way: 'beside',
    notes: [`An agent would add requests, event loop, GC and heap; ${howToGetAgent}`],
    seconds: (performance.now() - began) / 1000,
    requests: null,
    activeHandles: null,
    activeRequests: null,
    loop: null,
    gc: null,
    heap: null,
    ...usage,
    blockedForMs: null,
    main: readActivity(pid, pid),
  };
}
