/** `/debug/nops/stats`: what the main thread counts, and what /proc knows; the latter also when the former does not answer. */

import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { StatsResult } from '@nops/core/protocol/results';
import { measureUsage } from '@nops/probe/beside/measure-usage';
import type { Observation } from '../../messages/shared.js';
import type { Context, Handler } from '../context.js';
import { mainActivity } from '../main-thread/stuck.js';
import { observe } from '../observe.js';
import { wait } from '../wait.js';

export const stats: Handler = async (asked, context) => {
  const seconds = parseWhole('seconds', asked.params.get('seconds'), { min: 1, max: 60, fallback: 1 });
  const main = mainActivity();
  const usage = measureUsage(process.pid, () => wait(seconds * 1000, asked.signal));
  const observed = await observe('loop', seconds, asked.signal, context).catch(onlyNoAnswer);
  const beside = await usage;
  const seen = observed instanceof NopsError ? undefined : observed;
  const result: StatsResult = {
    schema: 'nops.stats/1',
    pid: process.pid,
    way: 'agent',
    notes: observed instanceof NopsError ? [observed.message] : [],
    seconds: seen?.seconds ?? seconds,
    ...beside,
    ...mainFields(seen),
    blockedForMs: blockedFor(seen, context),
    main,
  };
  return { type: 'json', value: result };
};

type MainFields = Pick<StatsResult, 'requests' | 'activeHandles' | 'activeRequests' | 'loop' | 'gc' | 'heap'>;

function mainFields(seen: Observation | undefined): MainFields {
  if (seen === undefined)
    return { requests: null, activeHandles: null, activeRequests: null, loop: null, gc: null, heap: null };
  const { heap } = seen;
  return {
    requests: {
      in: { inFlight: seen.inFlightIn, finishedPerSec: seen.finishedIn / seen.seconds },
      out: { inFlight: seen.inFlightOut, finishedPerSec: seen.finishedOut / seen.seconds },
    },
    activeHandles: seen.activeHandles,
    activeRequests: seen.activeRequests,
    loop: loopFields(seen),
    gc: seen.gc,
    heap: {
      usedBytes: heap.used,
      totalBytes: heap.total,
      limitBytes: heap.limit,
      externalBytes: heap.external,
      arrayBuffersBytes: heap.arrayBuffers,
      usedBytesPerSec: (heap.used - heap.usedBefore) / seen.seconds,
    },
  };
}

/** A loop that did not turn once has no delays to tell; for how long it has not is in `blockedForMs`. */
function loopFields(seen: Observation): StatsResult['loop'] {
  if (seen.loop === null || seen.loop.turns === 0) return null;
  const { delayP50Ms, delayP99Ms, delayMaxMs, utilization } = seen.loop;
  return { delayP50Ms, delayP99Ms, delayMaxMs, utilization };
}

function blockedFor(seen: Observation | undefined, context: Context): number | null {
  return seen === undefined || seen.loop?.turns === 0 ? context.main.blockedForMs() : null;
}

function onlyNoAnswer(error: unknown): NopsError {
  if (error instanceof NopsError && error.code === 'no-answer') return error;
  throw error;
}
