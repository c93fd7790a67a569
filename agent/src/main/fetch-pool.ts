/**
 * The pool behind the global `fetch`: undici's global dispatcher, which Node keeps on globalThis once fetch has been used. Its fields
 * are symbols without a public name, so they are found by their descriptions; what is not there is reported as unknown.
 */

import { NopsError } from '@nops/core/protocol/errors';
import type { ObservedPool } from '../messages/shared.js';
import type { PeerCounters } from './pools.js';
import { finiteOrNull, parseBoolean, parseCount, type Setting } from './setting.js';

/** Node 26 (undici 8) has moved to `.2` and keeps a wrapper at `.1` for older copies of undici. */
const dispatcherKeys = [Symbol.for('undici.globalDispatcher.2'), Symbol.for('undici.globalDispatcher.1')];

/** undici's default of `keepAliveTimeout`: github.com/nodejs/undici/blob/main/docs/docs/api/Client.md. */
const defaultKeepAliveTimeoutMs = 4000;

interface DispatcherOptions {
  connections?: number | null;
  keepAliveTimeout?: number;
  pipelining?: number;
}

interface Dispatcher {
  constructor: { name: string; new (options: DispatcherOptions): Dispatcher };
}

type Globals = Record<symbol, Dispatcher | undefined>;

export class FetchPool {
  readonly #counters = new Map<string, PeerCounters>();
  /** Connections that were opened and have sent no request yet. */
  readonly #fresh = new WeakSet<object>();

  /** `undici:client:connected` */
  connected(message: unknown): void {
    const { connectParams, socket } = message as {
      connectParams?: { hostname?: string; port?: string; protocol?: string };
      socket?: object;
    };
    if (connectParams !== undefined) this.#of(hostPort(connectParams)).opened++;
    if (socket !== undefined) this.#fresh.add(socket);
  }

  /** `undici:client:sendHeaders` */
  requestStarted(message: unknown): void {
    const { request, socket } = message as { request?: { origin?: unknown }; socket?: object };
    if (request === undefined || socket === undefined) return;
    const counters = this.#of(hostPortOfOrigin(String(request.origin)));
    counters.requests++;
    if (!this.#fresh.delete(socket)) counters.reused++;
  }

  /** undefined while fetch has not been used. */
  observe(): ObservedPool | undefined {
    const dispatcher = currentDispatcher();
    if (dispatcher === undefined && this.#counters.size === 0) return undefined;
    const now = dispatcher === undefined ? new Map<string, PeerNow>() : dispatcherPeers(dispatcher);
    const settings = this.tunables();
    return {
      name: 'fetch',
      kind: 'fetch',
      settings: {
        keepAlive: settings.keepAlive.get() as boolean,
        maxSockets: settings.maxSockets.get() as number | null,
        maxFreeSockets: null,
        timeout: settings.timeout.get() as number | null,
      },
      peers: [...new Set([...now.keys(), ...this.#counters.keys()])].map(peer => ({
        peer,
        ...(now.get(peer) ?? { inUse: 0, free: 0, queued: 0 }),
        ...(this.#counters.get(peer) ?? { opened: 0, requests: 0, reused: 0 }),
      })),
    };
  }

  tunables(): Record<'keepAlive' | 'maxSockets' | 'timeout', Setting> {
    return {
      keepAlive: {
        description: 'keep connections open for later requests',
        get: () => currentOptions().pipelining !== 0,
        parse: parseBoolean,
        set: value => replaceDispatcher({ pipelining: value === true ? 1 : 0 }),
      },
      maxSockets: {
        description: 'connections per origin, null for no limit',
        get: () => finiteOrNull(currentOptions().connections),
        parse: (name, value) => parseCount(name, value, 1, true),
        set: value => replaceDispatcher({ connections: value === null ? null : Number(value) }),
      },
      timeout: {
        description: 'milliseconds that an idle connection is kept',
        get: () => finiteOrNull(currentOptions().keepAliveTimeout ?? defaultKeepAliveTimeoutMs),
        parse: (name, value) => parseCount(name, value, 1, false),
        set: value => replaceDispatcher({ keepAliveTimeout: Number(value) }),
      },
    };
  }

  #of(peer: string): PeerCounters {
    let counters = this.#counters.get(peer);
    if (counters === undefined) {
      counters = { opened: 0, requests: 0, reused: 0 };
      this.#counters.set(peer, counters);
    }
    return counters;
  }
}

function dispatcherKey(): symbol | undefined {
  return dispatcherKeys.find(key => (globalThis as unknown as Globals)[key] !== undefined);
}

function currentDispatcher(): Dispatcher | undefined {
  const key = dispatcherKey();
  return key === undefined ? undefined : (globalThis as unknown as Globals)[key];
}

function currentOptions(): DispatcherOptions {
  const dispatcher = currentDispatcher();
  return (
    (dispatcher === undefined ? undefined : (hidden(dispatcher, 'options') as DispatcherOptions | undefined)) ?? {}
  );
}

/**
 * undici fixes a dispatcher's options when it makes it; so a change puts a new one of the same class in its place. The old one is left
 * to finish its requests and to drop its idle connections by its own timeout, since other copies of undici may still hold it.
 */
function replaceDispatcher(change: DispatcherOptions): void {
  const key = dispatcherKey();
  const dispatcher = currentDispatcher();
  if (key === undefined || dispatcher === undefined) {
    throw new NopsError('impossible', 'fetch has not been used in this process yet, so its pool can’t be changed');
  }
  if (dispatcher.constructor.name !== 'Agent') {
    throw new NopsError(
      'impossible',
      `the global dispatcher of fetch is a ${dispatcher.constructor.name}, set by the app; only undici's Agent can be changed`,
    );
  }
  const known = Object.fromEntries(Object.entries(currentOptions()).filter(([, value]) => value !== undefined));
  const next = new dispatcher.constructor({ ...known, ...change });
  (globalThis as unknown as Globals)[key] = next;
}

interface PeerNow {
  inUse: number;
  free: number;
  queued: number;
}

interface PoolLike {
  stats?: { connected?: number | boolean; free?: number; pending?: number; queued?: number; running?: number };
}

function dispatcherPeers(dispatcher: Dispatcher): Map<string, PeerNow> {
  const peers = new Map<string, PeerNow>();
  const clients = hidden(dispatcher, 'clients');
  if (!(clients instanceof Map)) return peers;
  for (const [origin, entry] of clients as Map<unknown, unknown>) {
    const pool = (entry instanceof WeakRef ? entry.deref() : entry) as PoolLike | undefined;
    const stats = pool?.stats;
    if (stats === undefined) continue;
    const connected = Number(stats.connected ?? 0);
    const free = stats.free ?? Math.max(0, connected - (stats.running ?? 0));
    peers.set(hostPortOfOrigin(String(origin)), {
      inUse: connected - free,
      free,
      queued: (stats.queued ?? 0) + (stats.pending ?? 0),
    });
  }
  return peers;
}

function hidden(object: object, description: string): unknown {
  const key = Object.getOwnPropertySymbols(object).find(symbol => symbol.description === description);
  return key === undefined ? undefined : (object as Record<symbol, unknown>)[key];
}

function hostPortOfOrigin(origin: string): string {
  try {
    return hostPort(new URL(origin));
  } catch {
    return origin;
  }
}

function hostPort(at: { hostname?: string; port?: string; protocol?: string }): string {
  return `${at.hostname ?? ''}:${at.port || (at.protocol === 'https:' ? '443' : '80')}`;
}
