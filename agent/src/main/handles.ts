/** What keeps the event loop busy: open handles and requests on their way, grouped; and HTTP messages in flight on open sockets. */

import { activeHandles, loadedModule } from './http-activity.js';

interface Group {
  type: string;
  count: number;
}

/** Handles and timers by type, most frequent first. */
export function groupHandles(): Group[] {
  const resources = process.getActiveResourcesInfo();
  const timers = ['Timeout', 'Immediate'].flatMap(type => resources.filter(r => r === type));
  return group([...activeHandles().map(describeHandle), ...timers]);
}

/** libuv requests that have been started and not called back, such as file reads, DNS look-ups and connects. */
export function groupRequests(): Group[] {
  return group(activeRequests().map(request => request.constructor?.name ?? 'unknown'));
}

export function activeRequests(): object[] {
  return (process as unknown as { _getActiveRequests(): object[] })._getActiveRequests();
}

/** HTTP/1 messages on open connections: requests being answered here, and requests waiting for an answer from elsewhere. */
export function countInFlight(): { in: number; out: number } {
  const http = loadedModule<typeof import('node:http')>('http');
  const counts = { in: 0, out: 0 };
  if (http === undefined) return counts;
  for (const handle of activeHandles()) {
    const message = messageOf(handle);
    if (message instanceof http.ServerResponse) counts.in++;
    else if (message instanceof http.ClientRequest) counts.out++;
  }
  return counts;
}

/** The HTTP message of a connection: on the socket itself, or for TLS on the one that was wrapped around it. */
function messageOf(handle: object): unknown {
  const socket = handle as { _httpMessage?: unknown; _tlsOptions?: unknown };
  return socket._httpMessage ?? undefined;
}

function describeHandle(handle: object): string {
  const type = handle.constructor?.name ?? 'unknown';
  const message = messageOf(handle);
  if (message !== undefined && message !== null) return `${type} (${(message as object).constructor?.name})`;
  return type;
}

function group(types: string[]): Group[] {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts]
    .map(([type, count]) => ({ type, count }))
    .sort((a, b) => b.count - a.count || a.type.localeCompare(b.type));
}
