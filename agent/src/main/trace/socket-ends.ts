/**
 * Listens to the end of sockets, and takes all of its listeners away again. Connections outlive recordings: a listener that each recording
 * leaves on a connection of a pool would, at the eleventh, have Node warn on the app's stderr. Sockets are held weakly.
 */

import type { Socket } from 'node:net';

/** Sockets that are gone are forgotten when so many, and twice as many as were left the last time, have been met. */
const minPurged = 1000;

export class SocketEnds {
  readonly #listener: (this: Socket) => void;
  readonly #isWatched = new WeakSet<Socket>();
  #sockets: WeakRef<Socket>[] = [];
  #purgeAt = minPurged;

  constructor(onEnd: (socket: Socket) => void) {
    this.#listener = function () {
      onEnd(this);
    };
  }

  watch(socket: Socket): void {
    if (this.#isWatched.has(socket)) return;
    this.#isWatched.add(socket);
    socket.once('close', this.#listener);
    this.#sockets.push(new WeakRef(socket));
    if (this.#sockets.length < this.#purgeAt) return;
    this.#sockets = this.#sockets.filter(ref => ref.deref()?.closed === false);
    this.#purgeAt = Math.max(minPurged, this.#sockets.length * 2);
  }

  /** Those that are open still. */
  stop(): Socket[] {
    const sockets = this.#sockets.flatMap(ref => ref.deref() ?? []);
    for (const socket of sockets) socket.removeListener('close', this.#listener);
    this.#sockets = [];
    return sockets;
  }
}
