/**
 * undici's dispatchers (Agent, Pool, Client and those around them), Node's own or those of a package: their connections by peer. Their fields are
 * symbols without a public name, so they are found by their descriptions; what is not there is reported as unknown.
 */

import { finiteOrNull } from './setting.js';

/** undici's default of `keepAliveTimeout`: github.com/nodejs/undici/blob/main/docs/docs/api/Client.md. */
export const defaultKeepAliveTimeoutMs = 4000;

export interface DispatcherOptions {
  connections?: number | null;
  keepAliveTimeout?: number;
  pipelining?: number;
}

export interface Dispatcher {
  constructor: { name: string; new (options: DispatcherOptions): Dispatcher };
}

/** Node 26 (undici 8) has moved to `.2` and keeps a wrapper at `.1` for older copies of undici. */
const globalKeys = [Symbol.for('undici.globalDispatcher.2'), Symbol.for('undici.globalDispatcher.1')];

export type Globals = Record<symbol, Dispatcher | undefined>;

/** Where the dispatchers of the global `fetch` are, the one that counts first; none while fetch has not been used. */
export function globalDispatchers(): { key: symbol; dispatcher: Dispatcher }[] {
  return globalKeys.flatMap(key => {
    const dispatcher = (globalThis as unknown as Globals)[key];
    return dispatcher === undefined ? [] : [{ key, dispatcher }];
  });
}

/** By what it can do, not by its name: bundlers shorten names. */
export function isDispatcher(object: object): object is Dispatcher {
  const { dispatch, close, destroy } = object as Record<string, unknown>;
  return (
    [dispatch, close, destroy].every(method => typeof method === 'function') && !Object.hasOwn(object, 'constructor')
  );
}

/** The dispatchers that this one hands its requests to, as far as its fields tell. */
export function innerDispatchers(dispatcher: Dispatcher): object[] {
  const fields = Reflect.ownKeys(dispatcher).map(
    key => Object.getOwnPropertyDescriptor(dispatcher, key)?.value as unknown,
  );
  return fields.flatMap(field => {
    if (field instanceof Map) return [...field.values()].flatMap(entry => dispatcherOf(entry) ?? []);
    if (Array.isArray(field)) return (field as unknown[]).filter(isObject);
    return isObject(field) ? [field] : [];
  });
}

export function optionsOf(dispatcher: Dispatcher): DispatcherOptions {
  return (hidden(dispatcher, 'options') as DispatcherOptions | undefined) ?? {};
}

/** A Client has them as fields, the others among their options. */
export function dispatcherSettings(dispatcher: Dispatcher): {
  keepAlive: boolean | null;
  maxSockets: number | null;
  maxFreeSockets: null;
  timeout: number | null;
} {
  const {
    pipelining = hidden(dispatcher, 'pipelining'),
    connections = hidden(dispatcher, 'connections'),
    ...options
  } = optionsOf(dispatcher);
  const timeout = options.keepAliveTimeout ?? hidden(dispatcher, 'default keep alive timeout');
  return {
    keepAlive: pipelining !== 0,
    maxSockets: finiteOrNull(connections),
    maxFreeSockets: null,
    timeout: finiteOrNull(timeout ?? defaultKeepAliveTimeoutMs),
  };
}

export interface PeerNow {
  inUse: number;
  free: number;
  queued: number;
}

interface Stats {
  connected?: number | boolean;
  free?: number;
  pending?: number;
  queued?: number;
  running?: number;
}

/** Connections and queued requests now, by peer: of an Agent those of its pools, of a Pool or Client its own. */
export function dispatcherPeers(dispatcher: Dispatcher): Map<string, PeerNow> {
  const clients = hidden(dispatcher, 'clients');
  const url = hidden(dispatcher, 'url');
  const all: [unknown, object | undefined][] =
    clients instanceof Map
      ? Array.from(clients as Map<unknown, unknown>, ([origin, entry]) => [origin, dispatcherOf(entry)])
      : url === undefined
        ? []
        : [[(url as { origin?: unknown }).origin ?? url, dispatcher]];
  return new Map(
    all.flatMap(([origin, inner]) => {
      const stats = inner === undefined ? undefined : statsOf(inner);
      return stats === undefined ? [] : [[hostPortOfOrigin(String(origin)), toPeer(stats)]];
    }),
  );
}

function toPeer(stats: Stats): PeerNow {
  const connected = Number(stats.connected ?? 0);
  const free = stats.free ?? Math.max(0, connected - (stats.running ?? 0));
  return { inUse: connected - free, free, queued: (stats.queued ?? 0) + (stats.pending ?? 0) };
}

/** A Client has had `stats` only since undici 7; before it has the same figures under symbols. */
function statsOf(dispatcher: object): Stats | undefined {
  const { stats } = dispatcher as { stats?: Stats };
  if (stats !== undefined) return stats;
  const [connected, running, pending] = ['connected', 'running', 'pending'].map(name => hidden(dispatcher, name));
  if (connected === undefined) return undefined;
  return { connected: Number(connected), running: Number(running ?? 0), pending: Number(pending ?? 0) };
}

/** Of what an Agent keeps for an origin: a dispatcher, a weak reference to one (undici 5), or one that is counted (7). */
function dispatcherOf(entry: unknown): object | undefined {
  const held = entry instanceof WeakRef ? (entry.deref() as unknown) : entry;
  if (!isObject(held)) return undefined;
  const { dispatcher } = held as { dispatcher?: unknown };
  return isObject(dispatcher) ? dispatcher : held;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A field of its own, or what a getter of its class answers. */
function hidden(object: object, description: string): unknown {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const key = Object.getOwnPropertySymbols(at).find(symbol => symbol.description === description);
    if (key !== undefined) return (object as Record<symbol, unknown>)[key];
  }
  return undefined;
}

export function hostPortOfOrigin(origin: string): string {
  try {
    return hostPort(new URL(origin));
  } catch {
    return origin;
  }
}

export function hostPort(at: { hostname?: string; port?: string; protocol?: string }): string {
  return `${at.hostname ?? ''}:${at.port || (at.protocol === 'https:' ? '443' : '80')}`;
}
