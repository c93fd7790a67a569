/** What a process used over a while: the part of `nops stats` that /proc knows, also when its main thread answers nobody. */

import type { StatsResult } from '@nops/core/protocol/results';
import { readFdLimit } from './fds.js';
import { orUndefined } from './procfs.js';
import { cpuPercent, readUsage } from './usage.js';

export type MeasuredUsage = Pick<StatsResult, 'rssBytes' | 'cpuPercent' | 'threads' | 'fds'>;

/** Looks at `pid`, lets `wait` pass, and looks again. Rates are per second of the time between. */
export async function measureUsage(pid: number, wait: () => Promise<void>): Promise<MeasuredUsage> {
  if (process.platform !== 'linux') {
    await wait();
    return { rssBytes: null, cpuPercent: null, threads: null, fds: null };
  }
  const before = readUsage(pid);
  await wait();
  const after = readUsage(pid);
  const seconds = (after.at - before.at) / 1000;
  return {
    rssBytes: after.rssBytes,
    cpuPercent: cpuPercent(before, after),
    threads: after.threads,
    fds:
      after.fdCount === null
        ? null
        : {
            open: after.fdCount,
            limit: orUndefined(() => readFdLimit(pid))?.soft ?? null,
            growthPerSec: before.fdCount === null || seconds <= 0 ? 0 : (after.fdCount - before.fdCount) / seconds,
          },
  };
}
