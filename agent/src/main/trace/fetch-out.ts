/** Requests by the global fetch and by copies of undici that share its channels. A connection is not the request's own: several use it. */

import type { Socket } from 'node:net';
import { kinds, marks } from '@nops/core/trace/format';
import { subscribeAll } from './channels.js';
import type { Connections } from './connections.js';
import type { Initiators } from './initiator.js';
import type { Numbers } from './request-sampler.js';
import { pathOf } from './route.js';
import type { Writer } from './writer.js';

interface Request {
  origin?: unknown;
  path?: string;
  method?: string;
}

interface ConnectParams {
  hostname?: string;
  port?: string;
  protocol?: string;
}

/** Returns what stops it. */
export function recordFetch(
  writer: Writer,
  connections: Connections,
  initiators: Initiators,
  numbers: Numbers,
): () => void {
  const open = new WeakMap<Request, number>();
  /** Connections that no request was sent on yet. */
  const fresh = new WeakSet<Socket>();
  const mark = (what: number, a: number, b = 0) => writer.put(kinds.mark | (what << 8), a, b);

  function end(request: Request, failed: number): void {
    const number = open.get(request);
    if (number === undefined) return;
    open.delete(request);
    mark(marks.clientEnd, number, failed);
  }

  return subscribeAll({
    'undici:request:create': ({ request }: { request: Request }) => {
      const number = numbers.next();
      if (number === 0) return;
      open.set(request, number);
      mark(marks.clientBegin, number, writer.text(`${request.method ?? ''} ${pathOf(request.path)}`));
      mark(marks.clientPeer, number, writer.text(peerOf(request.origin)));
      const stack = initiators.take();
      if (stack !== undefined) mark(marks.clientStack, number, writer.text(stack));
    },
    'undici:client:connected': ({ connectParams, socket }: { connectParams: ConnectParams; socket: Socket }) => {
      fresh.add(socket);
      connections.opened(socket, peerOf(connectParams), connectParams.protocol === 'https:');
    },
    'undici:client:sendHeaders': ({ request, socket }: { request: Request; socket: Socket }) => {
      // Also by one that is left out: the next one on it reuses it.
      const isFresh = fresh.delete(socket);
      const number = open.get(request);
      if (number === undefined) return;
      const secure = String(request.origin).startsWith('https:');
      const connection = connections.numberOf(socket, writer.text(peerOf(request.origin)), secure, false);
      // It was being connected, look-up and handshake included, while the request waited for it: that is known only now.
      if (isFresh) mark(marks.clientConnect, number);
      mark(marks.clientSocket, number, connection * 2 + (isFresh ? 0 : 1));
    },
    'undici:request:headers': ({ request, response }: { request: Request; response: { statusCode?: number } }) => {
      const number = open.get(request);
      if (number !== undefined) mark(marks.clientResponse, number, response.statusCode ?? 0);
    },
    'undici:request:trailers': ({ request }: { request: Request }) => end(request, 0),
    'undici:request:error': ({ request }: { request: Request }) => end(request, 1),
  });
}

function peerOf(origin: unknown): string {
  try {
    const {
      hostname = '',
      port,
      protocol,
    } = typeof origin === 'object' ? (origin as ConnectParams) : new URL(String(origin));
    return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
  } catch {
    return String(origin);
  }
}
