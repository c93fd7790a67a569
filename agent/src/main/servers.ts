/** The HTTP servers of the process and the settings that can be changed on them while they run. */

import type { Server } from 'node:http';
import { finiteOrNull, parseCount, type Setting } from './setting.js';

const maxServers = 100;

export class Servers {
  readonly #known = new Map<string, WeakRef<Server>>();
  readonly #names = new WeakMap<Server, string>();
  #unnamed = 0;

  /** `server-<port>`, or `server-n<number>` for one without a port of its own; stable while the server lives. */
  add(server: Server): void {
    if (this.#names.has(server) || this.#known.size >= maxServers) return;
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? String(address.port) : '';
    const wished = `server-${port}`;
    const free = port !== '' && this.#known.get(wished)?.deref() === undefined;
    const name = free ? wished : `server-n${++this.#unnamed}`;
    this.#names.set(server, name);
    this.#known.set(name, new WeakRef(server));
  }

  *entries(): IterableIterator<[string, Server]> {
    for (const [name, ref] of this.#known) {
      const server = ref.deref();
      if (server === undefined) this.#known.delete(name);
      else yield [name, server];
    }
  }
}

/**
 * Requests that a server is answering. Its connections are under a symbol (`kConnections` in Node's lib/_http_server.js, a native
 * ConnectionsList of HTTP parsers); for TLS the handles that Node lists lead to the encrypted socket, not to the one with the message.
 */
export function requestsOf(server: Server): number {
  const key = Object.getOwnPropertySymbols(server).find(symbol => symbol.description === 'http.server.connections');
  const list = key === undefined ? undefined : (server as unknown as Record<symbol, ConnectionsList | undefined>)[key];
  const parsers = list?.all?.() ?? [];
  return parsers.filter(parser => parser.socket?._httpMessage).length;
}

interface ConnectionsList {
  all?(): { socket?: { _httpMessage?: unknown } | null }[];
}

export function serverTunables(server: Server): Record<string, Setting> {
  const millis = (field: 'keepAliveTimeout' | 'requestTimeout' | 'headersTimeout', description: string): Setting => ({
    description,
    get: () => finiteOrNull(server[field]),
    parse: (name, value) => parseCount(name, value, 0, false),
    set: value => {
      server[field] = Number(value);
    },
  });
  return {
    keepAliveTimeout: millis(
      'keepAliveTimeout',
      'milliseconds an idle connection is kept open after a response, 0 for ever',
    ),
    requestTimeout: millis('requestTimeout', 'milliseconds to receive a whole request, 0 for no limit'),
    headersTimeout: millis('headersTimeout', 'milliseconds to receive the headers of a request, 0 for no limit'),
    maxConnections: {
      description: 'connections beyond which new ones are refused, null for no limit',
      get: () => finiteOrNull(server.maxConnections),
      parse: (name, value) => parseCount(name, value, 1, true),
      set: value => {
        (server as { maxConnections: number | undefined }).maxConnections = value === null ? undefined : Number(value);
      },
    },
  };
}
