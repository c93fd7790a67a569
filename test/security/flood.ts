/** Many connections at once to one port of this machine, as somebody opens them who wants to lock others out. */

import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** Keeps `count` connections, each opened again when it is closed, that send what `say` gives. Their number that were ever opened. */
export function flood(t: TestContext, port: number, count: number, say: (socket: Socket) => void): () => number {
  let opened = 0;
  let isOver = false;
  const sockets = new Set<Socket>();
  const open = () => {
    if (isOver) return;
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      opened += 1;
      say(socket);
    });
    sockets.add(socket);
    socket
      .on('error', () => {})
      .on('close', () => {
        sockets.delete(socket);
        setTimeout(open, 50);
      });
  };
  for (let i = 0; i < count; i++) open();
  t.after(() => {
    isOver = true;
    for (const socket of sockets) socket.destroy();
  });
  return () => opened;
}
