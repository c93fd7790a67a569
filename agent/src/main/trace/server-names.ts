/** The numbers of the names of HTTP requests in, `METHOD /route`, each made into a text once: looking one up costs a fraction of making it. */

import type { IncomingMessage } from 'node:http';
import { pathOf } from './route.js';
import type { Writer } from './writer.js';

interface Routed {
  /** Express 4 and 5. */
  route?: { path?: unknown };
  baseUrl?: unknown;
  originalUrl?: string;
}

/** Of one method; most requests are for the same few. */
const maxNames = 1000;

export class ServerNames {
  readonly #writer: Writer;
  readonly #byUrl = new Map<string, Map<string, number>>();
  readonly #byRoute = new Map<string, Map<string, number>>();

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** By the path, with `:id` for what looks like one. */
  ofPath(request: IncomingMessage): number {
    const { originalUrl, url = '/' } = request as IncomingMessage & Routed;
    return this.of(request.method, originalUrl ?? url);
  }

  /** By the path of what has no request to look at. */
  of(method: string | undefined, url: string): number {
    return this.#number(this.#byUrl, method, url, pathOf);
  }

  /** By the app's router, where it tells its routes; 0 where it does not. */
  ofRoute(request: IncomingMessage): number {
    const { route, baseUrl } = request as IncomingMessage & Routed;
    const pattern = route?.path;
    if (typeof pattern !== 'string') return 0;
    const key = typeof baseUrl === 'string' && baseUrl !== '' ? baseUrl + pattern : pattern;
    return this.#number(this.#byRoute, request.method, key, whole => whole);
  }

  #number(known: Map<string, Map<string, number>>, method = '', key: string, path: (key: string) => string): number {
    const ofMethod = known.get(method) ?? new Map<string, number>();
    const number = ofMethod.get(key);
    if (number !== undefined) return number;
    const made = this.#writer.text(`${method} ${path(key)}`);
    if (ofMethod.size >= maxNames) ofMethod.clear();
    // 0: there was no room for its text.
    if (made !== 0) known.set(method, ofMethod.set(key, made));
    return made;
  }
}
