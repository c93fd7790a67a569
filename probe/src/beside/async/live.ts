/** Placeholder. */
import type { AsyncDump } from './dump.js';
import type { Waiter } from './graph.js';

export function findDeadWaiters(_dump: AsyncDump, _signal: AbortSignal): { dead: Set<Waiter>; limits: string[] } {
  return { dead: new Set(), limits: [] };
}
