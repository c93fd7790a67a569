/** HTTP/1 requests out by node:http and node:https: their phases, their connections, and who sent them. */

import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { kinds, marks } from '@nops/core/trace/format';
import { subscribeAll } from './channels.js';
import type { Connections } from './connections.js';
import type { Initiators } from './initiator.js';
import { Names } from './names.js';
import type { Numbers } from './request-sampler.js';
import { pathOf } from './route.js';
import type { Writer } from './writer.js';

type Request = ClientRequest & { socketPath?: string };

/** Of one that is recorded. */
interface Sent {
  number: number;
  /** The number of the text of its host and port. */
  peer: number;
  stack: string | undefined;
}

/** Returns what stops it. Numbers are those of all requests out. */
export function recordClient(
  writer: Writer,
  connections: Connections,
  initiators: Initiators,
  numbers: Numbers,
): () => void {
  const requests = new ClientRequests(writer, connections, initiators, numbers);
  return subscribeAll({
    'http.client.request.created': ({ request }: { request: Request }) => requests.created(request),
    'http.client.request.start': ({ request }: { request: Request }) => requests.sent(request),
    'http.client.response.finish': ({ request, response }: { request: Request; response: { statusCode?: number } }) =>
      requests.answered(request, response.statusCode ?? 0),
    'http.client.request.error': ({ request }: { request: Request }) => requests.end(request, 1),
  });
}

class ClientRequests {
  readonly #writer: Writer;
  readonly #connections: Connections;
  readonly #initiators: Initiators;
  readonly #numbers: Numbers;
  readonly #names: Names;
  readonly #peers: Names;
  readonly #securePeers: Names;
  readonly #open = new WeakMap<ClientRequest, Sent>();
  /** From Node 22.12 on; before that the first that is heard of a request is that it was sent. */
  #isToldOfNew = false;
  /** The same for all requests: a listener made for each costs as much as what it does. */
  readonly #onSocket: (this: Request, socket: Socket) => void;
  readonly #onClose: (this: Request) => void;

  constructor(writer: Writer, connections: Connections, initiators: Initiators, numbers: Numbers) {
    this.#writer = writer;
    this.#connections = connections;
    this.#initiators = initiators;
    this.#numbers = numbers;
    this.#names = new Names(writer, (method, path) => `${method} ${pathOf(path)}`);
    this.#peers = new Names(writer, (host, header) => peerOf(host, header, 80));
    this.#securePeers = new Names(writer, (host, header) => peerOf(host, header, 443));
    const requests = this;
    this.#onSocket = function (socket) {
      requests.#found(this, socket);
    };
    this.#onClose = function () {
      requests.end(this, this.errored ? 1 : 0);
    };
  }

  created(request: Request): void {
    this.#isToldOfNew = true;
    this.#begin(request);
  }

  sent(request: Request): void {
    if (!this.#isToldOfNew) this.#begin(request);
  }

  #begin(request: Request): void {
    const number = this.#numbers.next();
    if (number === 0) return;
    const sent = { number, peer: this.#peerOf(request), stack: this.#initiators.take() };
    this.#open.set(request, sent);
    const writer = this.#writer;
    const ticks = writer.now();
    const { method, path } = request;
    writer.putAt(kinds.mark | (marks.clientBegin << 8), number, this.#names.of(method, path), ticks);
    writer.putAt(kinds.mark | (marks.clientPeer << 8), number, sent.peer, ticks);
    if (sent.stack !== undefined) this.#tellStack(number, sent.stack);
    if (request.socket) this.#found(request, request.socket);
    else request.on('socket', this.#onSocket);
    request.on('close', this.#onClose);
    writer.publish();
  }

  answered(request: Request, status: number): void {
    const sent = this.#open.get(request);
    if (sent !== undefined) this.#mark(marks.clientResponse, sent.number, status);
  }

  end(request: Request, failed: number): void {
    const sent = this.#open.get(request);
    if (sent === undefined) return;
    this.#open.delete(request);
    this.#mark(marks.clientEnd, sent.number, failed);
  }

  #found(request: Request, socket: Socket): void {
    const sent = this.#open.get(request);
    if (sent === undefined) return;
    const { number, peer, stack } = sent;
    const { connecting } = socket;
    // Node 20 tells of a request when it is sent, which may be later: then who makes its connection has sent it.
    if (stack === undefined && connecting) {
      const opener = this.#connections.stackOf(socket);
      if (opener !== undefined) this.#tellStack(number, opener);
    }
    const isSecure = (socket as Partial<TLSSocket>).encrypted === true;
    const connection = this.#connections.numberOf(socket, peer, isSecure, connecting);
    // Node does not say so of one that a request was waiting for; an answer has come on it before.
    const isReused = request.reusedSocket || socket.bytesRead > 0;
    this.#mark(marks.clientSocket, number, connection * 2 + (isReused ? 1 : 0));
    if (!connecting) return;
    socket.once('lookup', () => this.#mark(marks.clientLookup, number, 0));
    socket.once('connect', () => this.#mark(marks.clientConnect, number, 0));
    if (isSecure) socket.once('secureConnect', () => this.#mark(marks.clientSecure, number, 0));
  }

  #peerOf(request: Request): number {
    const { host, protocol, socketPath } = request;
    if (socketPath) return this.#writer.text(socketPath);
    const header = request.getHeader('host');
    const peers = protocol === 'https:' ? this.#securePeers : this.#peers;
    return peers.of(host, typeof header === 'string' ? header : '');
  }

  #tellStack(number: number, stack: string): void {
    this.#mark(marks.clientStack, number, this.#writer.text(stack));
  }

  #mark(what: number, a: number, b: number): void {
    this.#writer.put(kinds.mark | (what << 8), a, b);
  }
}

/** A request does not tell its port; its header does, where it is not the protocol's own. */
function peerOf(host: string, header: string, usualPort: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${header.match(/:(\d+)$/)?.[1] ?? usualPort}`;
}
