/**
 * What the handler does with a request: nothing, when it is the app's own; refuse it; or pass it on. Only the exact spelling of an endpoint's path
 * is passed on, since the app's guards are in front of us and may have compared any other text than we would read.
 */

import type { IncomingMessage } from 'node:http';
import { findEndpoint } from '@nops/core/protocol/find-endpoint';
import { mayLieIn, parseRequestTarget } from '@nops/core/protocol/request-target';
import { repeatedHeader } from '@nops/core/protocol/single-headers';
import { hasPlainMount, type Mounted } from './mount.js';

/** With what Express, its parsers and method-override add. */
export type AppRequest = IncomingMessage & Mounted & { body?: unknown; originalMethod?: string };

export type Admission =
  | 'elsewhere'
  | { status: number; message: string; headers?: Record<string, string> }
  | { method: 'GET' | 'POST'; target: string; seconds: number };

export function admit(request: AppRequest): Admission {
  const { url = '', method = '', originalMethod = method } = request;
  if (!mayLieIn(url, 'debug')) return 'elsewhere';
  const target = parseRequestTarget(url);
  if (target === undefined) return { status: 400, message: 'this path is not spelled plainly' };
  if (!hasPlainMount(request))
    return { status: 400, message: 'the path in front of /debug is not spelled plainly, or has capitals' };
  const repeated = repeatedHeader(request.rawHeaders);
  if (repeated !== undefined) return { status: 400, message: `the header ${repeated} comes twice` };
  if (originalMethod !== method) return { status: 400, message: 'another method than the one that was sent' };
  if (comesFromElsewhere(request)) return { status: 403, message: 'other sites’ pages may not ask this process' };
  const found = findEndpoint(method, target.path);
  if (found === 'variant') return { status: 400, message: `${target.path} is not how this path is spelled` };
  if (found === undefined) {
    const message = target.path.startsWith('/debug/pprof/') ? 'Unknown profile' : `there is no ${target.path} here`;
    return { status: 404, message };
  }
  if ('allow' in found)
    return {
      status: 405,
      message: `${target.path} takes ${found.allow}, not ${method}`,
      headers: { Allow: found.allow },
    };
  const seconds = Number(new URLSearchParams(target.query).get('seconds') ?? 0);
  return { method: method === 'POST' ? 'POST' : 'GET', target: url, seconds: Math.max(seconds || 0, 0) };
}

/** The app's authentication may be a cookie, which a browser sends with other sites' requests as well. */
function comesFromElsewhere({ headers }: IncomingMessage): boolean {
  if (headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site') return true;
  if (headers.origin === undefined) return false;
  try {
    return new URL(headers.origin).host !== headers.host;
  } catch {
    return true;
  }
}
