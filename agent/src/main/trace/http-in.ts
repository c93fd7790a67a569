/** HTTP/1 requests in: when each began, under which route, and how it ended. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { kinds, marks } from '@nops/core/trace/format';
import { subscribeAll } from './channels.js';
import { ServerNames } from './server-names.js';
import { SocketEnds } from './socket-ends.js';
import type { Writer } from './writer.js';

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  socket: Socket;
}

interface UnderWay {
  request: IncomingMessage;
  response: ServerResponse;
  number: number;
  name: number;
}

/** Returns what stops it. */
export function recordServer(writer: Writer): () => void {
  /**
   * Those under way on each connection: one, or some where a client sends more without waiting. A listener on the connection, not on each
   * response, tells of those that nobody finishes: that costs as much as all else here.
   */
  const underWay = Symbol('nops requests under way');
  type Connection = Socket & { [underWay]?: UnderWay[] | undefined };
  const names = new ServerNames(writer);
  const ends = new SocketEnds(socket => {
    for (const one of (socket as Connection)[underWay]?.splice(0) ?? []) end(one);
  });
  let counter = 0;

  function begin({ request, response, socket }: Exchange): void {
    const number = ++counter;
    const name = names.ofPath(request);
    writer.put(kinds.mark | (marks.serverBegin << 8), number, name);
    const one = { request, response, number, name };
    const connection = socket as Connection;
    if (connection[underWay] === undefined) {
      connection[underWay] = [one];
      ends.watch(socket);
    } else connection[underWay].push(one);
  }

  function end({ request, response, number, name }: UnderWay): void {
    const ticks = writer.now();
    writer.putAt(kinds.mark | (marks.serverStatus << 8), number, response.statusCode, ticks);
    if (!response.writableFinished) writer.putAt(kinds.mark | (marks.serverAbort << 8), number, 0, ticks);
    writer.putAt(kinds.mark | (marks.serverEnd << 8), number, names.ofRoute(request) || name, ticks);
  }

  const unsubscribe = subscribeAll({
    'http.server.request.start': begin,
    'http.server.response.finish': ({ response, socket }: Exchange) => {
      const all = (socket as Connection)[underWay];
      const at = all?.findIndex(one => one.response === response) ?? -1;
      if (at >= 0) for (const one of all?.splice(at, 1) ?? []) end(one);
    },
  });
  return () => {
    unsubscribe();
    // Not deleted: an object that loses a property is slower ever after.
    for (const socket of ends.stop()) (socket as Connection)[underWay] = undefined;
  };
}
