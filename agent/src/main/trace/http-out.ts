/** HTTP/1 requests out by node:http and node:https: their phases, their connections, and who sent them. */

import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { kinds, marks } from '@nops/core/trace/format';
import { subscribeAll } from './channels.js';
import type { Connections } from './connections.js';
import type { Initiators } from './initiator.js';
import { pathOf } from './route.js';
import type { Writer } from './writer.js';

type Request = ClientRequest & { protocol: string; port?: number };

/** Returns what stops it. `next` numbers requests, those of fetch too. */
export function recordClient(
  writer: Writer,
  connections: Connections,
  initiators: Initiators,
  next: () => number,
): () => void {
  const numbers = new WeakMap<ClientRequest, number>();
  const mark = (what: number, a: number, b = 0) => writer.put(kinds.mark | (what << 8), a, b);

  function begin(request: Request): void {
    if (numbers.has(request)) return;
    const number = next();
    numbers.set(request, number);
    mark(marks.clientBegin, number, writer.text(`${request.method} ${pathOf(request.path)}`));
    mark(marks.clientPeer, number, writer.text(peerOf(request)));
    const stack = initiators.take();
    tellStack(number, stack);
    const found = (socket: Socket) => {
      // Node 20 tells of a request when it is sent, which may be later: then who makes its connection has sent it.
      if (stack === undefined && socket.connecting) tellStack(number, connections.stackOf(socket));
      onSocket(number, request, socket);
    };
    if (request.socket) found(request.socket);
    else request.once('socket', found);
    request.once('close', () => end(request, request.errored ? 1 : 0));
  }

  function tellStack(number: number, stack: string | undefined): void {
    if (stack !== undefined) mark(marks.clientStack, number, writer.text(stack));
  }

  function onSocket(number: number, request: Request, socket: Socket): void {
    const connection = connections.numberOf(socket, peerOf(request), isSecure(socket), socket.connecting);
    mark(marks.clientSocket, number, connection * 2 + (request.reusedSocket ? 1 : 0));
    if (!socket.connecting) return;
    socket.once('lookup', () => mark(marks.clientLookup, number));
    socket.once('connect', () => mark(marks.clientConnect, number));
    if (isSecure(socket)) socket.once('secureConnect', () => mark(marks.clientSecure, number));
  }

  function end(request: ClientRequest, failed: number): void {
    const number = numbers.get(request);
    if (number === undefined) return;
    numbers.delete(request);
    mark(marks.clientEnd, number, failed);
  }

  return subscribeAll({
    // From Node 22 on; before that the next one is the first that is heard of it.
    'http.client.request.created': ({ request }: { request: Request }) => begin(request),
    'http.client.request.start': ({ request }: { request: Request }) => begin(request),
    'http.client.response.finish': ({ request, response }: { request: Request; response: { statusCode?: number } }) => {
      const number = numbers.get(request);
      if (number !== undefined) mark(marks.clientResponse, number, response.statusCode ?? 0);
    },
    'http.client.request.error': ({ request }: { request: Request }) => end(request, 1),
  });
}

function isSecure(socket: Socket): boolean {
  return (socket as Partial<TLSSocket>).encrypted === true;
}

function peerOf(request: Request): string {
  const host = request.host.includes(':') ? `[${request.host}]` : request.host;
  const { port } = request;
  const { socketPath } = request as { socketPath?: string };
  if (socketPath) return socketPath;
  return `${host}:${
    port ??
    request
      .getHeader('host')
      ?.toString()
      .match(/:(\d+)$/)?.[1] ??
    (request.protocol === 'https:' ? 443 : 80)
  }`;
}
