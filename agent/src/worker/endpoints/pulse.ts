/** `/debug/nops/pulse`: how long the event loop takes to come round to a question, and what there is to know at once then. */

import { NopsError } from '@nops/core/protocol/errors';
import type { PulseResult } from '@nops/core/protocol/memory-results';
import type { Handler } from '../context.js';
import { mainActivity } from '../main-thread/stuck.js';

/** A loop that needs longer is late beyond doubt, and the answer says so. */
const deadlineMs = 1000;

export const pulse: Handler = async (_asked, context) => {
  const main = mainActivity();
  const asked = performance.now();
  const told = await context.main.call('pulse', null, deadlineMs).catch(onlyNoAnswer);
  const late = told instanceof NopsError;
  const result: PulseResult = {
    schema: 'nops.pulse/1',
    pid: process.pid,
    way: 'agent',
    notes: late ? [told.message] : [],
    loopDelayMs: late ? null : performance.now() - asked,
    ...(late ? { activeHandles: null, activeRequests: null, heap: null } : told),
    blockedForMs: late ? context.main.blockedForMs() : null,
    main,
  };
  return { type: 'json', value: result };
};

function onlyNoAnswer(error: unknown): NopsError {
  if (error instanceof NopsError && error.code === 'no-answer') return error;
  throw error;
}
