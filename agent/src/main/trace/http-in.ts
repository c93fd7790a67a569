/** HTTP/1 requests in: when each began, under which route, and how it ended. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { kinds, marks } from '@nops/core/trace/format';
import { subscribeAll } from './channels.js';
import { serverName } from './route.js';
import type { Writer } from './writer.js';

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** Returns what stops it. */
export function recordServer(writer: Writer): () => void {
  const numbers = new WeakMap<ServerResponse, number>();
  const mark = (what: number, a: number, b: number) => writer.put(kinds.mark | (what << 8), a, b);
  let counter = 0;

  function end(response: ServerResponse, request: IncomingMessage): void {
    const number = numbers.get(response);
    if (number === undefined) return;
    numbers.delete(response);
    mark(marks.serverStatus, number, response.statusCode);
    if (!response.writableFinished) mark(marks.serverAbort, number, 0);
    mark(marks.serverEnd, number, writer.text(serverName(request)));
  }

  /** One function for all: a closure for each request costs more than the rest of this. */
  function onClose(this: ServerResponse): void {
    end(this, this.req);
  }

  return subscribeAll({
    'http.server.request.start': ({ request, response }: Exchange) => {
      const number = ++counter;
      numbers.set(response, number);
      mark(marks.serverBegin, number, writer.text(serverName(request)));
      response.once('close', onClose);
    },
    'http.server.response.finish': ({ request, response }: Exchange) => end(response, request),
  });
}
