/**
 * Who may ask. Any page in the user's browser can send requests to this port, and any user of this machine can connect to it: so Host
 * and Origin are checked (DNS rebinding, cross-site requests), and the profile is given for a cookie that only the printed address gets.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { uiPaths } from '@nops/core/profile/origin';
import { isVariant, parseRequestTarget } from '@nops/core/protocol/request-target';
import { repeatedHeader } from '@nops/core/protocol/single-headers';

/** Sent with every answer. What the page loads, it loads from here. */
export const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

interface Refusal {
  status: number;
  message: string;
}

/** Why a request is refused that two readers could take for different ones; undefined: it may pass. */
export function notPlain({ url = '', rawHeaders }: IncomingMessage): Refusal | undefined {
  const target = parseRequestTarget(url);
  if (target === undefined || isVariant(target.path, Object.values(uiPaths)))
    return { status: 400, message: 'this path is not spelled plainly' };
  const repeated = repeatedHeader(rawHeaders);
  return repeated === undefined ? undefined : { status: 400, message: `the header ${repeated} comes twice` };
}

/** Why a request is refused before anything else; undefined: it may pass. */
export function refusal(request: IncomingMessage, port: number): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host = '', origin } = request.headers;
  if (!hosts.includes(host.toLowerCase())) {
    return { status: 421, message: `this is not ${JSON.stringify(host)}; use the address that nops ui printed` };
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return { status: 403, message: 'pages of other sites may not ask here' };
  }
  return undefined;
}

/** A link that was opened is gone after this time, should the browser not have used it. */
const onceLifetimeMs = 60_000;

/**
 * The secrets of one run. The printed token may be traded again, in another browser. The one that a browser is started with works
 * once: it stands in that process's command line, which every user of the machine can read.
 */
export class Session {
  readonly token = newSecret();
  readonly cookieName: string;
  readonly #cookie = newSecret();
  #once: { token: string; until: number } | undefined;

  /** Browsers do not tell cookies of different ports apart. */
  constructor(port: number) {
    this.cookieName = `nops-ui-${port}`;
  }

  newTokenForOnce(): string {
    this.#once = { token: newSecret(), until: Date.now() + onceLifetimeMs };
    return this.#once.token;
  }

  /** The Set-Cookie header for a token; undefined when it is wrong. */
  trade(token: unknown): string | undefined {
    if (typeof token !== 'string' || !(this.#useOnce(token) || isSame(token, this.token))) return undefined;
    return `${this.cookieName}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict`;
  }

  hasCookie(request: IncomingMessage): boolean {
    const cookies = (request.headers.cookie ?? '').split(/;\s*/);
    return cookies.some(cookie => isSame(cookie, `${this.cookieName}=${this.#cookie}`));
  }

  #useOnce(token: string): boolean {
    if (this.#once === undefined || Date.now() > this.#once.until || !isSame(token, this.#once.token)) return false;
    this.#once = undefined;
    return true;
  }
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares digests, so that neither a length nor a common beginning can be measured. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
