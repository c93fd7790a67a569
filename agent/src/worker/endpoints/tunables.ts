/** `GET /debug/nops/tunables`: what can be changed, and what has been. */

import type { TunablesResult } from '@nops/core/protocol/results';
import type { Handler } from '../context.js';
import { explainNoAnswer } from '../main-thread/stuck.js';

/** The app's own getters run on its event loop, so this waits for a turn of it. */
export const loopDeadlineMs = 2000;

export const tunables: Handler = async (_asked, context) => {
  const list = await context.main.call('tunables', null, loopDeadlineMs).catch(error => {
    throw explainNoAnswer(error, context);
  });
  const result: TunablesResult = {
    schema: 'nops.tunables/1',
    pid: process.pid,
    way: 'agent',
    notes: [],
    tunables: list,
    log: context.changes,
  };
  return { type: 'json', value: result };
};
