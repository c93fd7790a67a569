/** Keeps an agent that was attached for a command, by a request that stays open: however we end, the kernel ends it too. */

import { request } from 'node:http';
import { endpoints } from '@nops/core/protocol/endpoints';

/** The returned function lets go of it. */
export function holdLease(socketPath: string): () => void {
  const { method, path } = endpoints.lease;
  const held = request({ socketPath, method, path, headers: { host: 'localhost' }, agent: false });
  held.on('error', () => {}); // it is gone: what is asked of it next says so
  held.on('response', response => response.resume());
  held.on('socket', socket => socket.unref());
  held.end();
  return () => held.destroy();
}
