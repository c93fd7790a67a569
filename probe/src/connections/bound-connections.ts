/**
 * Bounds a listener's connections. One that has not made a request that may pass is unproven: it has little time, one of few places, and
 * descriptors of its own only while there are plenty.
 */

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Places } from './places.js';
import { roomFor, type Shares } from './room.js';

/** What tells a connection's two sockets under TLS from other connections: the client's address. Unix sockets have none, and one socket. */
type Key = Socket | string;

export class BoundConnections {
  readonly #places = new Places<Key>();
  readonly #sockets = new Map<Key, Socket>();

  constructor(server: Server, shares: Shares) {
    // Before Node's own listener, which begins to read.
    server.prependListener('connection', (socket: Socket) => this.#enter(socket, shares));
  }

  /** The connection of a request that may pass. */
  prove(socket: Socket): void {
    this.#places.prove(keyOf(socket));
  }

  isUnproven(socket: Socket): boolean {
    return this.#places.isUnproven(keyOf(socket));
  }

  #enter(socket: Socket, shares: Shares): void {
    const key = keyOf(socket);
    this.#sockets.set(key, socket);
    const late = setTimeout(() => {
      if (this.#places.isUnproven(key)) socket.destroy();
    }, shares.provenWithinMs).unref();
    socket.once('close', () => {
      clearTimeout(late);
      if (this.#sockets.get(key) !== socket) return; // another one has its address by now
      this.#places.leave(key);
      this.#sockets.delete(key);
    });
    const room = roomFor(shares, this.#places.size);
    for (const gone of this.#places.enter(key, socket, room)) this.#sockets.get(gone)?.destroy();
  }
}

function keyOf(socket: Socket): Key {
  return socket.remotePort === undefined ? socket : `${socket.remoteAddress} ${socket.remotePort}`;
}
