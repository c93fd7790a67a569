/** The pool behind the global `fetch`: undici's global dispatcher, which Node keeps on globalThis once fetch has been used. */

import { NopsError } from '@nops/core/protocol/errors';
import type { ObservedPool } from '../messages/shared.js';
import {
  type Dispatcher,
  type DispatcherOptions,
  defaultKeepAliveTimeoutMs,
  dispatcherPeers,
  type Globals,
  globalDispatchers,
  hostPort,
  hostPortOfOrigin,
  optionsOf,
  type PeerNow,
} from './dispatcher.js';
import type { PeerCounters } from './pools.js';
import { finiteOrNull, parseBoolean, parseCount, type Setting } from './setting.js';

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

function currentDispatcher(): Dispatcher | undefined {
  return globalDispatchers()[0]?.dispatcher;
}

function currentOptions(): DispatcherOptions {
  const dispatcher = currentDispatcher();
  return dispatcher === undefined ? {} : optionsOf(dispatcher);
}

/**
 * undici fixes a dispatcher's options when it makes it; so a change puts a new one of the same class in its place. The old one is left
 * to finish its requests and to drop its idle connections by its own timeout, since other copies of undici may still hold it.
 */
function replaceDispatcher(change: DispatcherOptions): void {
  const [current] = globalDispatchers();
  if (current === undefined) {
    throw new NopsError('impossible', 'fetch has not been used in this process yet, so its pool can’t be changed');
  }
  const { key, dispatcher } = current;
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
