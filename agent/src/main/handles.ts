/** What keeps the event loop busy: open handles and requests on their way, grouped; and HTTP requests on their way out. */

import { activeHandles, activeRequests, loadedHttp } from './node-internals.js';

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

/** HTTP/1 requests that wait for an answer from elsewhere, on open connections. */
export function countRequestsOut(): number {
  const http = loadedHttp();
  if (http === undefined) return 0;
  return activeHandles().filter(handle => messageOf(handle) instanceof http.ClientRequest).length;
}

/** The HTTP message that a connection carries now: what it answers, or what it asks. */
function messageOf(handle: object): unknown {
  return (handle as { _httpMessage?: unknown })._httpMessage ?? undefined;
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
