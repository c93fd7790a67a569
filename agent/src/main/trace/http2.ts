/**
 * HTTP/2 requests in and out: a stream each. Node tells of streams from 22 on (nodejs.org/api/diagnostics_channel.html, "HTTP/2"); on 20
 * they are not seen.
 */

import type { ClientHttp2Stream, Http2Session, Http2Stream, IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { kinds, marks } from '@nops/core/trace/format';
import { subscribeAll } from './channels.js';
import type { Connections } from './connections.js';
import type { Initiators } from './initiator.js';
import type { Numbers } from './request-sampler.js';
import { pathOf } from './route.js';
import type { ServerNames } from './server-names.js';
import type { Writer } from './writer.js';

interface Told<Stream extends Http2Stream> {
  stream: Stream;
  headers: IncomingHttpHeaders;
}

/** Returns what stops it. Numbers are those of HTTP/1 too. */
export function recordServer2(writer: Writer, names: ServerNames, numbers: Numbers): () => void {
  const open = new WeakMap<Http2Stream, { number: number; name: number }>();
  const mark = (what: number, a: number, b: number) => writer.put(kinds.mark | (what << 8), a, b);
  return subscribeAll({
    'http2.server.stream.start': ({ stream, headers }: Told<Http2Stream>) => {
      const number = numbers.next();
      if (number === 0) return;
      const name = names.of(headers[':method'], headers[':path'] ?? '/');
      open.set(stream, { number, name });
      mark(marks.serverStream, number, name);
    },
    'http2.server.stream.finish': ({ stream, headers }: Told<Http2Stream>) => {
      const known = open.get(stream);
      if (known !== undefined) mark(marks.serverStatus, known.number, Number(headers[':status'] ?? 200));
    },
    'http2.server.stream.close': ({ stream }: { stream: Http2Stream }) => {
      const known = open.get(stream);
      if (known === undefined) return;
      open.delete(stream);
      if (hasFailed(stream)) mark(marks.serverAbort, known.number, 0);
      mark(marks.serverEnd, known.number, known.name);
    },
  });
}

/** Returns what stops it. Numbers are those of all requests out. */
export function recordClient2(
  writer: Writer,
  connections: Connections,
  initiators: Initiators,
  numbers: Numbers,
): () => void {
  const open = new WeakMap<Http2Stream, number>();
  /** Those that a request was sent on, also one that is left out. */
  const used = new WeakSet<Http2Session>();
  const known = new WeakMap<Http2Session, number>();
  const mark = (what: number, a: number, b = 0) => writer.put(kinds.mark | (what << 8), a, b);

  function begin({ stream, headers }: Told<ClientHttp2Stream>): void {
    const { session } = stream;
    const isReused = session !== undefined && used.has(session);
    if (session !== undefined) used.add(session);
    const number = numbers.next();
    if (number === 0) return;
    open.set(stream, number);
    mark(marks.clientBegin, number, writer.text(`${headers[':method'] ?? 'GET'} ${pathOf(headers[':path'])}`));
    const peer = writer.text(peerOf(headers));
    mark(marks.clientPeer, number, peer);
    const stack = initiators.take();
    if (stack !== undefined) mark(marks.clientStack, number, writer.text(stack));
    if (session !== undefined) onSession(number, session, peer, isReused);
    // Before the app hears of it, and so in the callback that goes on with it.
    stream.once('end', () => end(stream, 0));
  }

  function onSession(number: number, session: Http2Session, peer: number, isReused: boolean): void {
    const socket = socketOf(session);
    const isSecure = (socket as Partial<TLSSocket>).encrypted === true;
    const connection = known.get(session) ?? connections.numberOf(socket, peer, isSecure, socket.connecting);
    known.set(session, connection);
    mark(marks.clientSocket, number, connection * 2 + (isReused ? 1 : 0));
    if (!session.connecting) return;
    if (socket.connecting) {
      socket.once('lookup', () => mark(marks.clientLookup, number));
      socket.once('connect', () => mark(marks.clientConnect, number));
    }
    if (isSecure) socket.once('secureConnect', () => mark(marks.clientSecure, number));
  }

  function end(stream: Http2Stream, failed: number): void {
    const number = open.get(stream);
    if (number === undefined) return;
    open.delete(stream);
    mark(marks.clientEnd, number, failed);
  }

  return subscribeAll({
    'http2.client.stream.created': begin,
    'http2.client.stream.finish': ({ stream, headers }: Told<ClientHttp2Stream>) => {
      const number = open.get(stream);
      if (number !== undefined) mark(marks.clientResponse, number, Number(headers[':status'] ?? 0));
    },
    'http2.client.stream.close': ({ stream }: { stream: Http2Stream }) => end(stream, hasFailed(stream) ? 1 : 0),
  });
}

/** Reset by an error, or by who no longer wants it (RFC 9113, section 7). */
function hasFailed(stream: Http2Stream): boolean {
  return stream.rstCode !== undefined && stream.rstCode !== 0;
}

/** The session shows a proxy of it, whose methods return what they belong to. */
function socketOf(session: Http2Session): Socket {
  return session.socket.removeListener('close', nothing) as Socket;
}

function nothing(): void {}

function peerOf(headers: IncomingHttpHeaders): string {
  const authority = String(headers[':authority'] ?? '');
  if (/:\d+$/.test(authority)) return authority;
  return `${authority}:${headers[':scheme'] === 'http' ? 80 : 443}`;
}
