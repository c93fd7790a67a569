/**
 * Who may ask. A browser can be made to send requests to any address by any page (DNS rebinding, cross-site requests), so Host and
 * Origin are checked on every listener, on the unix socket too, which a careless proxy can put within a browser's reach. On TCP a
 * token is needed as well; on the unix socket the file's mode is the key.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Policy {
  /** Values of the Host header that name this listener, in lower case. */
  hosts: ReadonlySet<string>;
  /** Origins whose pages may ask: this listener's own. Requests without one do not come from a page. */
  origins: ReadonlySet<string>;
  /** null: no token is needed. */
  token: string | null;
}

export interface Refusal {
  status: 401 | 403 | 421;
  message: string;
}

/** undefined: the request may pass. */
export function checkRequest(request: IncomingMessage, policy: Policy): Refusal | undefined {
  const { host, origin } = request.headers;
  if (host === undefined || !policy.hosts.has(host.toLowerCase())) {
    return {
      status: 421,
      message: `this listener is not ${JSON.stringify(host ?? '')}: use one of ${[...policy.hosts].join(', ')}`,
    };
  }
  if (origin !== undefined && !policy.origins.has(origin.toLowerCase())) {
    return { status: 403, message: `pages of ${JSON.stringify(origin)} may not ask this process` };
  }
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site')
    return { status: 403, message: 'other sites’ pages may not ask this process' };
  if (policy.token !== null && !hasToken(request.headers.authorization, policy.token)) {
    return {
      status: 401,
      message:
        'a token is needed, as "Authorization: Bearer <token>" or as the password of Basic; "nops <pid>" on its machine tells it',
    };
  }
  return undefined;
}

/** Compares digests, so that neither the token's length nor a common beginning can be measured. */
function hasToken(authorization: string | undefined, token: string): boolean {
  const given = tokenOf(authorization);
  if (given === undefined) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** `go tool pprof http://x:TOKEN@host/` sends Basic with the token as its password; curl users may send it as the user alone. */
function tokenOf(authorization: string | undefined): string | undefined {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : decoded.slice(colon + 1) || decoded.slice(0, colon);
}
