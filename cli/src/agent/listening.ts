/** Whether somebody still listens on a socket: an agent that was closed badly leaves one that refuses. */

import { connect } from 'node:net';

/** The kernel accepts for a busy listener, so this says nothing about how fast it answers. */
const connectMs = 1_000;

/** False only when it is certain that nobody listens; what else is wrong is told by the request that follows. */
export function isListening(socketPath: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ path: socketPath });
    const end = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.setTimeout(connectMs, () => end(true));
    socket.on('connect', () => end(true));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
  });
}
