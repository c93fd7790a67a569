/** The names of HTTP requests: `METHOD /route`. A route has no ids in it, or each request would be a group of its own. */

import type { IncomingMessage } from 'node:http';

interface Routed {
  /** Express 4 and 5. */
  route?: { path?: unknown };
  baseUrl?: unknown;
  originalUrl?: string;
}

/** By the router of the app, where it tells its routes; else by the path. */
export function serverName(request: IncomingMessage): string {
  const { route, baseUrl, originalUrl } = request as IncomingMessage & Routed;
  const pattern = route?.path;
  const path =
    typeof pattern === 'string'
      ? `${typeof baseUrl === 'string' ? baseUrl : ''}${pattern}`
      : pathOf(originalUrl ?? request.url);
  return `${request.method ?? ''} ${path}`;
}

/** The path without its query, and with `:id` for what looks like one: numbers, UUIDs, long hexadecimals, long words with digits. */
export function pathOf(url = '/'): string {
  const known = paths.get(url);
  if (known !== undefined) return known;
  const path = url.split(/[?#]/, 1)[0] ?? '/';
  const named = path.slice(0, 200).replace(/[^/]+/g, segment => (isId(segment) ? ':id' : segment));
  if (paths.size >= maxPaths) paths.clear();
  paths.set(url, named);
  return named;
}

/** The latest, since most requests are for the same few. */
const paths = new Map<string, string>();
const maxPaths = 1000;

function isId(segment: string): boolean {
  return (
    /^\d+$/.test(segment) ||
    /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(segment) ||
    /^[\da-f]{12,}$/i.test(segment) ||
    (segment.length > 20 && /\d/.test(segment))
  );
}
