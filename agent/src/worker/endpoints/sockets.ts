/** `/debug/nops/sockets`: read from /proc/self, so it answers whatever the main thread does. */

import type { SocketsResult } from '@nops/core/protocol/results';
import { readSockets } from '@nops/probe/beside/sockets';
import type { Handler } from '../context.js';

export const sockets: Handler = () => {
  const result: SocketsResult = {
    schema: 'nops.sockets/1',
    pid: process.pid,
    way: 'agent',
    ...readSockets(process.pid),
  };
  return { type: 'json', value: result };
};
