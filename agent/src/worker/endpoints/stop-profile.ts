/** `/debug/nops/profile-stop`: ends a CPU profile or a trace early; what there is goes to whoever asked for it. */

import { NopsError } from '@nops/core/protocol/errors';
import type { StopProfileResult } from '@nops/core/protocol/profiling-results';
import type { Handler } from '../context.js';

export const stopProfile: Handler = (asked, context) => {
  const id = asked.params.get('id') ?? '';
  if (!context.engine.stop(id)) {
    throw new NopsError(
      'no-target',
      `no profile or trace ${JSON.stringify(id)} is being taken`,
      'It may have ended by itself.',
    );
  }
  const result: StopProfileResult = { schema: 'nops.stopProfile/1', pid: process.pid, way: 'agent', notes: [], id };
  return { type: 'json', value: result };
};
