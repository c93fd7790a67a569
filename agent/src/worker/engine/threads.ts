/** The threads that can be profiled: the main one, by V8's profiler, and the app's workers, from outside; never the agent's own. */

import type { WorkerThread } from '@nops/probe/beside/v8/worker-threads';

/** As `thread` in profiles and `--thread` have it. */
export const mainLabel = 'main';

export function workerLabel({ id, name }: Pick<WorkerThread, 'id' | 'name'>): string {
  return name === '' ? `worker ${id}` : `worker ${id} (${name})`;
}

/** Whether `choice`, a number or a name, is this one. */
export function isChosen({ id, name }: Pick<WorkerThread, 'id' | 'name'>, choice: string): boolean {
  return String(id) === choice || name === choice;
}
