/** `POST /debug/nops/run-end`: a signal that the main thread does not hear, since its JavaScript runs in circles. It may be gone before it answers. */

import { NopsError } from '@nops/core/protocol/errors';
import type { EndRunResult } from '@nops/core/protocol/run-results';
import type { Handler } from '../context.js';
import { explainNoAnswer } from '../main-thread/stuck.js';

const callMs = 2000;

export const endRun: Handler = async ({ params }, context) => {
  const signal = params.get('signal');
  if (signal !== 'SIGINT' && signal !== 'SIGTERM') {
    throw new NopsError('usage', `invalid value for "signal": ${JSON.stringify(signal)}`, 'SIGINT or SIGTERM.');
  }
  const { ends } = await context.main.call('runEnd', signal, callMs).catch(error => {
    throw explainNoAnswer(error, context);
  });
  if (ends) {
    await context.stopRecording?.();
    context.presence.withdraw();
    // From here: on the main thread Node would first wait for our inspector session to end (RunAtExit in its Kill), which we hold.
    process.kill(process.pid, signal);
  }
  const result: EndRunResult = { schema: 'nops.endRun/1', pid: process.pid, way: 'agent', notes: [], signal };
  return { type: 'json', value: result };
};
