/** Connections with a number each: when they were opened, ready and closed. Sockets are held weakly. */

import type { Socket } from 'node:net';
import { kinds, marks } from '@nops/core/trace/format';
import { subscribeAll } from './channels.js';
import type { Initiators } from './initiator.js';
import { SocketEnds } from './socket-ends.js';
import type { Writer } from './writer.js';

export class Connections {
  readonly #writer: Writer;
  readonly #initiators: Initiators;
  readonly #numbers = new WeakMap<Socket, number>();
  readonly #stacks = new WeakMap<Socket, string>();
  readonly #ends = new SocketEnds(socket => this.#mark(marks.connectionClose, this.#numbers.get(socket) ?? 0, 0));
  #counter = 0;

  constructor(writer: Writer, initiators: Initiators) {
    this.#writer = writer;
    this.#initiators = initiators;
  }

  /** Who makes a connection that is being made. */
  stackOf(socket: Socket): string | undefined {
    const { _handle: handle } = socket as Socket & { _handle?: { getAsyncId?(): number } | null };
    return this.#stacks.get(socket) ?? this.#initiators.ofHandle(handle?.getAsyncId?.());
  }

  /** Of an outgoing connection to a peer, by the number of its text. One that is met for the first time is being opened now, or is older than the recording. */
  numberOf(socket: Socket, peer: number, secure: boolean, connecting: boolean): number {
    const number = this.#numbers.get(socket) ?? this.#add(socket);
    if (!connecting) return number;
    this.#mark(marks.connectionOpen, number, peer);
    socket.once(secure ? 'secureConnect' : 'connect', () => this.#mark(marks.connectionReady, number, secure ? 1 : 0));
    return number;
  }

  /** One that has just been made, and that nobody saw begin. */
  opened(socket: Socket, peer: string, secure: boolean): void {
    if (this.#numbers.has(socket)) return;
    const number = this.#add(socket);
    this.#mark(marks.connectionOpen, number, this.#writer.text(peer));
    this.#mark(marks.connectionReady, number, secure ? 1 : 0);
  }

  /** Connections that the app opens by node:net itself, such as those to a database, and those that come in. Returns what stops it. */
  record(): () => void {
    const unsubscribe = subscribeAll({
      'net.client.socket': ({ socket }: { socket: Socket }) => {
        if (this.#numbers.has(socket)) return;
        const number = this.#add(socket);
        const stack = this.#initiators.take();
        if (stack !== undefined) this.#stacks.set(socket, stack);
        socket.once('connect', () => {
          const { remoteAddress, remotePort } = socket;
          if (remoteAddress === undefined) return;
          const host = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress;
          this.#mark(marks.connectionOpen, number, this.#writer.text(`${host}:${remotePort}`));
          this.#mark(marks.connectionReady, number, 0);
        });
      },
      'net.server.socket': ({ socket }: { socket: Socket }) => {
        this.#mark(marks.connectionIn, this.#add(socket), 0);
      },
    });
    return () => {
      unsubscribe();
      this.#ends.stop();
    };
  }

  #add(socket: Socket): number {
    const number = ++this.#counter;
    this.#numbers.set(socket, number);
    this.#ends.watch(socket);
    return number;
  }

  #mark(what: number, a: number, b: number): void {
    this.#writer.put(kinds.mark | (what << 8), a, b);
  }
}
