/** The numbers of the names of HTTP requests in, `METHOD /route`. */

import type { IncomingMessage } from 'node:http';
import { Names } from './names.js';
import { pathOf } from './route.js';
import type { Writer } from './writer.js';

interface Routed {
  /** Express 4 and 5. */
  route?: { path?: unknown };
  baseUrl?: unknown;
  originalUrl?: string;
}

export class ServerNames {
  readonly #byUrl: Names;
  readonly #byRoute: Names;

  constructor(writer: Writer) {
    this.#byUrl = new Names(writer, (method, url) => `${method} ${pathOf(url)}`);
    this.#byRoute = new Names(writer, (method, route) => `${method} ${route}`);
  }

  /** By the path, with `:id` for what looks like one. */
  ofPath(request: IncomingMessage): number {
    const { originalUrl, url = '/' } = request as IncomingMessage & Routed;
    return this.of(request.method, originalUrl ?? url);
  }

  /** By the path of what has no request to look at. */
  of(method = '', url = '/'): number {
    return this.#byUrl.of(method, url);
  }

  /** By the app's router, where it tells its routes; 0 where it does not. */
  ofRoute(request: IncomingMessage): number {
    const { route, baseUrl } = request as IncomingMessage & Routed;
    const pattern = route?.path;
    if (typeof pattern !== 'string') return 0;
    const key = typeof baseUrl === 'string' && baseUrl !== '' ? baseUrl + pattern : pattern;
    return this.#byRoute.of(request.method ?? '', key);
  }
}
