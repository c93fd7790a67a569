/**
 * The connection pools in use, found without patching and without walking the heap: a pool is seen when a request is sent through it
 * while somebody measures, or when one of its connections is open. Pools are held weakly, so watching never keeps one alive.
 */

import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { ObservedPool } from '../messages/shared.js';
import { type HttpAgent, peerOfSocket, poolKind, poolPeers, poolSettings } from './http-pool.js';
import { loadedModule } from './node-internals.js';

/** An app that makes an Agent per request would otherwise grow this list, and the answer, without end. */
const maxPools = 100;

export interface PeerCounters {
  opened: number;
  requests: number;
  reused: number;
}

interface KnownPool {
  name: string;
  agent: WeakRef<HttpAgent>;
  counters: Map<string, PeerCounters>;
}

export class HttpPools {
  readonly #known = new Map<string, KnownPool>();
  readonly #byAgent = new WeakMap<HttpAgent, KnownPool>();
  /** Connections that have been seen, with the counters of their peer. */
  readonly #connections = new WeakMap<Socket, PeerCounters>();
  readonly #numbers = { http: 0, https: 0 };
  /** Pools not listed because `maxPools` others are. */
  leftOut = 0;

  /** Every pool still alive, by its name. */
  *entries(): IterableIterator<[string, HttpAgent]> {
    for (const [name, pool] of this.#known) {
      const agent = pool.agent.deref();
      if (agent === undefined) this.#known.delete(name);
      else yield [name, agent];
    }
  }

  /** Makes a pool known: `http-global`, `https-global`, else `<kind>-<number>` in the order they are found. */
  add(agent: HttpAgent): KnownPool | undefined {
    const known = this.#byAgent.get(agent);
    if (known !== undefined) return known;
    if (this.#known.size >= maxPools && [...this.entries()].length >= maxPools) {
      this.leftOut++;
      return undefined;
    }
    const kind = poolKind(agent);
    const pool = {
      name: isGlobal(agent) ? `${kind}-global` : `${kind}-${++this.#numbers[kind]}`,
      agent: new WeakRef(agent),
      counters: new Map(),
    };
    this.#byAgent.set(agent, pool);
    this.#known.set(pool.name, pool);
    this.#seeConnections(agent, pool);
    return pool;
  }

  /** To be called when a measurement begins: connections that exist now are not counted as opened in it. */
  seeExisting(): void {
    for (const [name, agent] of this.entries()) {
      const pool = this.#known.get(name);
      if (pool !== undefined) this.#seeConnections(agent, pool);
    }
  }

  /** A request was sent: counts its connection as opened or reused, once it has one. */
  requestStarted(request: ClientRequest): void {
    const agent = (request as ClientRequest & { agent?: HttpAgent }).agent;
    if (agent === undefined || agent === null || typeof agent.getName !== 'function') return;
    const pool = this.#byAgent.get(agent) ?? this.#addFor(agent, request);
    if (pool === undefined) return;
    if (request.socket !== null && request.socket !== undefined) this.#count(agent, pool, request, request.socket);
    else request.once('socket', socket => this.#count(agent, pool, request, socket));
  }

  observe(): ObservedPool[] {
    const pools: ObservedPool[] = [];
    for (const [name, agent] of this.entries()) {
      const counters = this.#known.get(name)?.counters ?? new Map<string, PeerCounters>();
      const now = poolPeers(agent);
      const peers = [...new Set([...now.keys(), ...counters.keys()])].map(peer => ({
        peer,
        ...(now.get(peer) ?? { inUse: 0, free: 0, queued: 0 }),
        ...(counters.get(peer) ?? { opened: 0, requests: 0, reused: 0 }),
      }));
      pools.push({ name, kind: poolKind(agent), settings: poolSettings(agent), peers });
    }
    return pools;
  }

  /** A pool met for the first time by this request: its other connections are older than it. */
  #addFor(agent: HttpAgent, request: ClientRequest): KnownPool | undefined {
    const pool = this.add(agent);
    if (pool !== undefined && request.socket && !request.reusedSocket) this.#connections.delete(request.socket);
    return pool;
  }

  #seeConnections(agent: HttpAgent, pool: KnownPool): void {
    for (const lists of [agent.sockets, agent.freeSockets]) {
      for (const list of Object.values(lists)) {
        for (const socket of list ?? []) {
          if (!this.#connections.has(socket))
            this.#connections.set(socket, counterOf(pool, peerOfSocket(agent, socket)));
        }
      }
    }
  }

  #count(agent: HttpAgent, pool: KnownPool, request: ClientRequest, socket: Socket): void {
    let counters = this.#connections.get(socket);
    if (counters === undefined) {
      counters = counterOf(pool, peerOfSocket(agent, socket));
      this.#connections.set(socket, counters);
      if (request.reusedSocket) counters.reused++;
      else counters.opened++;
    } else {
      counters.reused++;
    }
    counters.requests++;
  }
}

/** The Agent that requests use when they name none. */
function isGlobal(agent: HttpAgent): boolean {
  return [loadedModule<HttpModule>('http'), loadedModule<HttpModule>('https')].some(
    module => module?.globalAgent === agent,
  );
}

interface HttpModule {
  globalAgent: unknown;
}

function counterOf(pool: KnownPool, peer: string): PeerCounters {
  let counters = pool.counters.get(peer);
  if (counters === undefined) {
    counters = { opened: 0, requests: 0, reused: 0 };
    pool.counters.set(peer, counters);
  }
  return counters;
}
