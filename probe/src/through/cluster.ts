/**
 * A cluster's primary passes SIGUSR1 on: Node's inspector, as it starts there, has the primary send it to every worker
 * (StartIoThread in src/inspector_agent.cc emits NODE_DEBUG_ENABLED, lib/internal/cluster/primary.js signals). A worker that is blocked
 * in readSync dies of it, on Node 20 to 26, and any other may be left listening.
 */

import { listPids, orUndefined, readStat } from '../beside/procfs.js';
import { readEnvironmentVariable } from '../beside/started-with.js';

/** One sentence's end; undefined for a process without workers. */
export function clusterObjection(pid: number): string | undefined {
  const workers = listPids().filter(child => orUndefined(() => readStat(child).ppid) === pid && isWorker(child));
  const [worker] = workers;
  if (worker === undefined) return undefined;
  const which = workers.length === 1 ? `worker, ${worker}` : `${workers.length} workers, such as ${worker}`;
  return `it is the primary of a cluster, and its inspector would have it signal its ${which}; those can be asked themselves`;
}

/** What the primary sets for a worker that it forks. Who may open the inspector of the primary may read it. */
function isWorker(pid: number): boolean {
  return readEnvironmentVariable(pid, 'NODE_UNIQUE_ID') !== undefined;
}
