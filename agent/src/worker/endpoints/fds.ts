/** `/debug/nops/fds`: read from /proc/self, so it answers whatever the main thread does. */

import type { FdsResult } from '@nops/core/protocol/results';
import { readFds } from '@nops/probe/beside/fds';
import type { Handler } from '../context.js';

export const fds: Handler = () => {
  const result: FdsResult = {
    schema: 'nops.fds/1',
    pid: process.pid,
    way: 'agent',
    ...readFds(process.pid),
  };
  return { type: 'json', value: result };
};
