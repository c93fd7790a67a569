/** Has the main thread look through its heap for pools, unless it would stand still for too long. */

import { NopsError } from '@nops/core/protocol/errors';
import type { PoolsWalk } from '@nops/core/protocol/pools-results';
import { formatMillis } from '@nops/core/units/format';
import { readCgroup } from '@nops/probe/beside/cgroup';
import { maxWalkMs, predictWalk } from '@nops/probe/through/predict-walk';
import type { Context } from './context.js';
import { explainNoAnswer } from './main-thread/stuck.js';

/** An event loop that does not come round by then is not asked: the search would come when nobody expects it any more. */
const askMs = 2000;
/** A busy machine gave it a tenth of a core at times. */
const walkMs = (predictedMs: number) => 10_000 + 10 * predictedMs;

export async function walkForPools(force: boolean, context: Context): Promise<PoolsWalk> {
  try {
    await context.main.call('pulse', null, askMs);
    const { usedBytes } = await context.main.call('heapSize', null, askMs);
    const predictedMs = predictWalk({ usedBytes, limitCores: limitCores() });
    if (predictedMs > maxWalkMs && !force) throw tooLong(predictedMs);
    const walk = await context.main.call('poolsInHeap', null, walkMs(predictedMs));
    return { predictedMs, ...walk };
  } catch (error) {
    throw explainNoAnswer(error, context);
  }
}

function limitCores(): number | null {
  try {
    return readCgroup(process.pid)?.cpu?.limitCores ?? null;
  } catch {
    return null;
  }
}

function tooLong(predictedMs: number): NopsError {
  return new NopsError(
    'impossible',
    `the main thread would stand still for up to ${formatMillis(predictedMs)}, more than ${formatMillis(maxWalkMs)}; nothing was started`,
    'Measure for longer without --deep: pools in use are found by their requests; or --force (force=1)',
  );
}
