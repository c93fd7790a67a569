/** One `http.Agent` or `https.Agent`: its connections by peer, and its settings. Reads public fields only; nothing is patched. */

import type { Agent } from 'node:http';
import { isIPv6 } from 'node:net';
import type { ObservedPool } from '../messages/shared.js';
import { finiteOrNull, parseBoolean, parseCount, type Setting } from './setting.js';

/** The fields of an Agent that Node documents or has kept since v0.12, some of which @types/node leaves out. */
export type HttpAgent = Agent & {
  protocol?: string;
  keepAlive: boolean;
  options: { timeout?: number | undefined; keepAlive?: boolean; maxSockets?: number; maxFreeSockets?: number };
};

export function poolKind(agent: HttpAgent): 'http' | 'https' {
  return agent.protocol === 'https:' ? 'https' : 'http';
}

export function poolSettings(agent: HttpAgent): ObservedPool['settings'] {
  return {
    keepAlive: agent.keepAlive === true,
    maxSockets: finiteOrNull(agent.maxSockets),
    maxFreeSockets: finiteOrNull(agent.maxFreeSockets),
    timeout: finiteOrNull(agent.options.timeout),
  };
}

/** What can be changed on a live Agent. New values hold from the next request or freed socket on. */
export function poolTunables(agent: HttpAgent): Record<keyof ObservedPool['settings'], Setting> {
  return {
    keepAlive: {
      description: 'keep connections open for later requests',
      get: () => agent.keepAlive === true,
      parse: parseBoolean,
      set: value => {
        agent.keepAlive = value === true;
        agent.options.keepAlive = value === true;
      },
    },
    maxSockets: {
      description: 'connections per peer, null for no limit',
      get: () => finiteOrNull(agent.maxSockets),
      parse: (name, value) => parseCount(name, value, 1, true),
      set: value => {
        agent.maxSockets = value === null ? Number.POSITIVE_INFINITY : Number(value);
      },
    },
    maxFreeSockets: {
      description: 'idle connections kept per peer, null for no limit',
      get: () => finiteOrNull(agent.maxFreeSockets),
      parse: (name, value) => parseCount(name, value, 0, true),
      set: value => {
        agent.maxFreeSockets = value === null ? Number.POSITIVE_INFINITY : Number(value);
      },
    },
    timeout: {
      description: 'milliseconds without activity after which a connection times out, null for never',
      get: () => finiteOrNull(agent.options.timeout),
      parse: (name, value) => parseCount(name, value, 1, true),
      set: value => {
        agent.options.timeout = value === null ? undefined : Number(value);
      },
    },
  };
}

/** Connections and queued requests now, by peer. */
export function poolPeers(agent: HttpAgent): Map<string, { inUse: number; free: number; queued: number }> {
  const peers = new Map<string, { inUse: number; free: number; queued: number }>();
  const add = (lists: NodeJS.ReadOnlyDict<readonly unknown[]>, field: 'inUse' | 'free' | 'queued') => {
    for (const [key, list] of Object.entries(lists)) {
      const peer = peerOfKey(key);
      const counts = peers.get(peer) ?? { inUse: 0, free: 0, queued: 0 };
      counts[field] += list?.length ?? 0;
      peers.set(peer, counts);
    }
  };
  add(agent.sockets, 'inUse');
  add(agent.freeSockets, 'free');
  add(agent.requests, 'queued');
  return peers;
}

/** The peer of a connection that belongs to `agent`. */
export function peerOfSocket(agent: HttpAgent, socket: unknown): string {
  for (const lists of [agent.sockets, agent.freeSockets]) {
    for (const [key, list] of Object.entries(lists)) {
      if ((list as readonly unknown[] | undefined)?.includes(socket)) return peerOfKey(key);
    }
  }
  return '';
}

/**
 * `host:port` from an Agent's key (`Agent.getName`): `host:port:localAddress[:family][:socketPath]…`, for https followed by TLS options
 * that may hold secrets, so nothing after the port is used but a socket path. The host may be an IPv6 address with colons of its own.
 */
function peerOfKey(key: string): string {
  const path = /^[^:/]*:(?:\d*):[^:/]*:(\/[^:]*)/.exec(key);
  if (path?.[1] !== undefined) return path[1];
  for (const match of key.matchAll(/:(\d+)(?=:|$)/g)) {
    const host = key.slice(0, match.index);
    if (!host.includes(':')) return `${host}:${match[1]}`;
    if (isIPv6(host)) return `[${host}]:${match[1]}`;
  }
  return key.split(':', 1)[0] ?? '';
}
