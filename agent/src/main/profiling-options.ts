/** What an app may say about CPU profiling, checked: a value out of bounds keeps the agent from starting, and is told. */

import type { WorkerStart } from '../messages/shared.js';
import type { StartOptions } from '../options.js';

const history = { seconds: { fallback: 300, max: 3600 }, bytes: { fallback: 16e6, max: 256e6 } };
const budget = { fallback: 2, min: 0.1, max: 100 };

export function profilingOf(options: StartOptions): Pick<WorkerStart, 'history' | 'profile' | 'profileBudget'> {
  return {
    history: { seconds: bounded('seconds', options), bytes: bounded('bytes', options) },
    profile: profileOf(options.profile),
    profileBudget: budgetOf(options.profileBudget),
  };
}

function bounded(name: keyof typeof history, options: StartOptions): number {
  const { fallback, max } = history[name];
  const value = options.history?.[name] ?? fallback;
  if (value >= 0 && value <= max) return value;
  throw new Error(`history.${name} must be from 0 to ${max}`);
}

function profileOf(given: StartOptions['profile']): WorkerStart['profile'] {
  const profile: string = given ?? 'on-demand';
  if (profile === 'on-demand' || profile === 'warm') return profile;
  throw new Error(`profile must be 'on-demand' or 'warm', not ${JSON.stringify(given)}`);
}

function budgetOf(given = budget.fallback): number {
  if (given >= budget.min && given <= budget.max) return given;
  throw new Error(`profileBudget must be from ${budget.min} to ${budget.max} percent of a core, not ${given}`);
}
