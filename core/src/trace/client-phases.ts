/** The phases of a request out, from the moments at which they ended. */

import type { Column } from './columns.js';
import type { ClientRequest } from './model.js';

export interface Span {
  column: Column;
  begin: number;
  end: number;
}

/** In order, without gaps, from its begin to `end`. A phase whose end was not seen takes what is left. */
export function clientSpans(client: ClientRequest, end: number): Span[] {
  const spans: Span[] = [];
  let now = client.begin;
  const until = (column: Column, ticks: number) => {
    const to = Math.min(ticks, end);
    if (ticks === 0 || to <= now) return;
    spans.push({ column, begin: now, end: to });
    now = to;
  };
  // fetch's requests get a socket when it is connected, others one that is being connected.
  if (client.connect === 0 || client.socket < client.connect) until('lock', client.socket);
  until('dns', client.lookup);
  until('connect', client.connect);
  until('tls', client.secure);
  until('lock', client.socket);
  until('firstByte', client.response);
  until('body', client.end);
  if (now < end) spans.push({ column: next(client), begin: now, end });
  return spans;
}

function next(client: ClientRequest): Column {
  if (client.response > 0) return 'body';
  if (client.socket > 0 || client.connect > 0) return 'firstByte';
  return 'lock';
}

/** The request of which something came between `from` and `to`. */
export function phaseIn(clients: readonly ClientRequest[], from: number, to: number): ClientRequest | undefined {
  return clients.findLast(client =>
    [client.socket, client.lookup, client.connect, client.secure, client.response, client.end].some(
      ticks => ticks > 0 && ticks >= from && ticks <= to,
    ),
  );
}
