/**
 * Whether profiling all the time may go on: pure decisions over what it was measured to cost. V8 can't change the rate while it samples,
 * so the one step is off, and back on is a cold start, which holds the thread: at most one in ten minutes.
 */

/** CPU time that profiling has used until `atMs`, since the entry before. */
export interface Spent {
  atMs: number;
  cpuMs: number;
}

export interface Budget {
  /** Of one core, over any ten seconds. */
  percent: number;
}

export const budgetWindowMs = 10_000;
export const restartAfterMs = 600_000;
/** A new start aims lower than the budget, or it would end at once as the last one did. */
const restartShare = 0.75;
export const warmHz = 100;
const minHz = 5;

/** What was spent in the ten seconds before `nowMs`. */
export function spentMs(spent: readonly Spent[], nowMs: number): number {
  return spent.reduce((sum, { atMs, cpuMs }) => (atMs > nowMs - budgetWindowMs ? sum + cpuMs : sum), 0);
}

/** True when the next entry, were it as the last one, would take the sum over the budget. */
export function isOverBudget(spent: readonly Spent[], budget: Budget): boolean {
  const last = spent.at(-1);
  if (last === undefined) return false;
  const before = spent.at(-2)?.atMs ?? last.atMs;
  const next = { atMs: last.atMs + (last.atMs - before), cpuMs: last.cpuMs };
  return spentMs([...spent, next], next.atMs) > (budget.percent / 100) * budgetWindowMs;
}

/** The rate that would have kept to the budget; undefined when not even the lowest would. */
export function restartHz(hz: number, spent: readonly Spent[], budget: Budget): number | undefined {
  const last = spent.at(-1);
  const first = spent[0];
  if (last === undefined || first === undefined) return hz;
  const ofWindow = spent.filter(({ atMs }) => atMs > last.atMs - budgetWindowMs);
  const meanMs = ofWindow.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / ofWindow.length;
  // An entry is about a second.
  const percent = meanMs / 10;
  const fitting = Math.floor((hz * restartShare * budget.percent) / percent);
  return fitting < minHz ? undefined : Math.min(warmHz, fitting);
}
