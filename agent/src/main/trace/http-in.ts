/** HTTP/1 requests in: when each began, under which route, and how it ended. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { kinds, marks } from '@nops/core/trace/format';
import { subscribeAll } from './channels.js';
import type { Numbers } from './request-sampler.js';
import type { ServerNames } from './server-names.js';
import { SocketEnds } from './socket-ends.js';
import type { Writer } from './writer.js';

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  socket: Socket;
}

/** A request under way, or none. */
class Slot {
  request: IncomingMessage | undefined = undefined;
  response: ServerResponse | undefined = undefined;
  number = 0;
  name = 0;
  /** Where a client sends more without waiting. */
  next: Slot | undefined = undefined;
}

/** Returns what stops it. */
export function recordServer(writer: Writer, names: ServerNames, numbers: Numbers): () => void {
  const requests = new ServerRequests(writer, names, numbers);
  const unsubscribe = subscribeAll({
    'http.server.request.start': (exchange: Exchange) => requests.begin(exchange),
    'http.server.response.finish': (exchange: Exchange) => requests.finish(exchange),
  });
  return () => {
    unsubscribe();
    requests.stop();
  };
}

class ServerRequests {
  readonly #writer: Writer;
  readonly #names: ServerNames;
  /**
   * The first of each connection's slots, which are used again and again. Beside the sockets, not in them: a property more would make every
   * access of the app's to a socket slower.
   */
  readonly #slots = new WeakMap<Socket, Slot>();
  /** A listener on the connection, not on each response, tells of requests that nobody finishes: that costs as much as all else here. */
  readonly #ends = new SocketEnds(socket => {
    for (let slot = this.#slots.get(socket); slot !== undefined; slot = slot.next) {
      this.#end(slot, slot.response?.writableFinished === true);
    }
  });
  readonly #numbers: Numbers;
  /** Requests under way: while there are none, an answer needs no looking for. */
  #open = 0;

  constructor(writer: Writer, names: ServerNames, numbers: Numbers) {
    this.#writer = writer;
    this.#names = names;
    this.#numbers = numbers;
  }

  begin({ request, response, socket }: Exchange): void {
    const number = this.#numbers.next();
    if (number === 0) return;
    let slot = this.#slots.get(socket) ?? this.#firstSlot(socket);
    while (slot.response !== undefined) slot = slot.next ??= new Slot();
    this.#open++;
    slot.request = request;
    slot.response = response;
    slot.number = number;
    slot.name = this.#names.ofPath(request);
    this.#writer.put(kinds.mark | (marks.serverBegin << 8), number, slot.name);
  }

  finish({ response, socket }: Exchange): void {
    if (this.#open === 0) return;
    let slot = this.#slots.get(socket);
    while (slot !== undefined && slot.response !== response) slot = slot.next;
    if (slot !== undefined) this.#end(slot, true);
  }

  stop(): void {
    this.#ends.stop();
  }

  #firstSlot(socket: Socket): Slot {
    const slot = new Slot();
    this.#slots.set(socket, slot);
    this.#ends.watch(socket);
    return slot;
  }

  #end(slot: Slot, isWhole: boolean): void {
    const { request, response, number, name } = slot;
    if (request === undefined || response === undefined) return;
    this.#open--;
    slot.request = undefined;
    slot.response = undefined;
    const writer = this.#writer;
    const ticks = writer.now();
    writer.putAt(kinds.mark | (marks.serverStatus << 8), number, response.statusCode, ticks);
    if (!isWhole) writer.putAt(kinds.mark | (marks.serverAbort << 8), number, 0, ticks);
    writer.putAt(kinds.mark | (marks.serverEnd << 8), number, this.#names.ofRoute(request) || name, ticks);
    writer.publish();
  }
}
