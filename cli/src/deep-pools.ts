/** Tells how long a search of the heap for pools will hold the main thread, before it is asked for; the agent refuses it by the same figures. */

import { formatBytes, formatMillis } from '@nops/core/units/format';
import { predictWalk } from '@nops/probe/through/predict-walk';
import type { AgentClient } from './agent/client.js';
import type { Context } from './context.js';

/** The agent's own patience (agent/src/worker/walk-for-pools.ts), and time to spare; the agent's figures may be anything. */
const patienceMs = (predictedMs: number) => Math.min(300_000, 15_000 + 10 * predictedMs);

/** How long the answer may take beyond what is measured. */
export async function tellWalk(context: Context, agent: AgentClient): Promise<number> {
  const { heap, cgroup, pid } = await agent.call('memstats');
  // Then its main thread does not answer, which the search will tell better.
  if (heap === null) return patienceMs(0);
  const { usedBytes } = heap;
  const predictedMs = predictWalk({ usedBytes, limitCores: cgroup?.cpu?.limitCores ?? null });
  context.tell(
    `searching ${formatBytes(usedBytes)} of heap; predicted: the main thread of process ${pid} stands still for ${formatMillis(predictedMs)} at most, on a core of its own`,
  );
  return patienceMs(predictedMs);
}
