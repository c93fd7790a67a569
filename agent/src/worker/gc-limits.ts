/** What both endpoints of setgc tell: the settings, and what no running process can change. */

import type { GcGrowth, SetgcResult } from '@nops/core/protocol/memory-results';
import type { Context } from './context.js';
import { wait } from './wait.js';

export const callMs = 2000;

/** How V8 collects over `seconds`; null for 0. */
export async function measureGrowth(context: Context, seconds: number, signal: AbortSignal): Promise<GcGrowth | null> {
  if (seconds === 0) return null;
  const id = await context.main.call('gcGrowthBegin', null, callMs);
  await wait(seconds * 1000, signal);
  return context.main.call('gcGrowthEnd', id, callMs);
}

export async function setgcResult(
  context: Context,
  changes: SetgcResult['changes'],
  observed: SetgcResult['observed'],
): Promise<SetgcResult> {
  const settings = await context.main.call('gcSettings', null, callMs);
  const { limitBytes } = await context.main.call('heap', null, callMs);
  return {
    schema: 'nops.setgc/1',
    pid: process.pid,
    way: 'agent',
    notes: observed?.after?.growthPercent === null ? [tooFew] : [],
    changes,
    settings,
    fixed: [
      { name: 'heap limit', value: limitBytes, unit: 'bytes', how: 'restart with --max-old-space-size=<MB>' },
      { name: 'semi-space limit', value: null, unit: 'bytes', how: 'restart with --max-semi-space-size=<MB>' },
    ],
    observed,
  };
}

const tooFew =
  'fewer than two full collections happened after the change, so its effect was not seen: measure for longer, or while there is load';
