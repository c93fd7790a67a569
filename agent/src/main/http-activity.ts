/**
 * Counts HTTP requests in and out, and finds pools and servers by them, while at least one measurement is under way. Between
 * measurements nothing is subscribed, so requests cost nothing extra.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, Server } from 'node:http';
import type { PoolsInHeap } from '../messages/shared.js';
import { isDispatcher } from './dispatcher.js';
import { Dispatchers } from './dispatchers.js';
import { FetchPool } from './fetch-pool.js';
import { emittersInHeap } from './heap-query.js';
import type { HttpAgent } from './http-pool.js';
import { activeHandles, loadedHttp, loadedModule } from './node-internals.js';
import { HttpPools } from './pools.js';
import { requestsOf, Servers } from './servers.js';

type Listener = (message: unknown, name: string | symbol) => void;

export class HttpActivity {
  readonly pools = new HttpPools();
  readonly fetch = new FetchPool();
  readonly dispatchers = new Dispatchers();
  readonly servers = new Servers();
  finishedIn = 0;
  finishedOut = 0;
  #users = 0;

  readonly #listeners: [string, Listener][] = [
    [
      'http.client.request.start',
      message => this.pools.requestStarted((message as { request: ClientRequest }).request),
    ],
    ['http.client.response.finish', () => void this.finishedOut++],
    ['http.client.request.error', () => void this.finishedOut++],
    ['http.server.request.start', message => this.servers.add((message as { server: Server }).server)],
    ['http.server.response.finish', () => void this.finishedIn++],
    ['undici:client:connected', message => this.fetch.connected(message)],
    ['undici:client:sendHeaders', message => this.fetch.requestStarted(message)],
    ['undici:request:trailers', () => void this.finishedOut++],
    ['undici:request:error', () => void this.finishedOut++],
  ];

  /** Starts watching, unless somebody else has. Each call is paired with one of `release`. */
  acquire(): void {
    this.#users++;
    this.discover();
    this.pools.seeExisting();
    if (this.#users > 1) return;
    for (const [channel, listener] of this.#listeners) subscribe(channel, guarded(listener));
  }

  release(): void {
    this.#users--;
    if (this.#users > 0) return;
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, guarded(listener));
  }

  /** Finds the pools and servers that open handles lead to, and the global agents when the app has loaded their module. */
  discover(): void {
    const http = loadedHttp();
    if (http === undefined) return;
    for (const handle of activeHandles()) {
      if (handle instanceof http.Server) this.servers.add(handle);
      else this.#addAgentOf(handle);
    }
    const https = loadedModule<typeof import('node:https')>('https');
    this.pools.add(http.globalAgent as HttpAgent);
    if (https !== undefined) {
      this.pools.add(https.globalAgent as unknown as HttpAgent);
      for (const handle of activeHandles())
        if (handle instanceof https.Server) this.servers.add(handle as unknown as Server);
    }
  }

  /** Finds every pool there is, by a walk over the heap: the thread stands still for it. */
  searchHeap(): PoolsInHeap {
    const began = performance.now();
    const emitters = emittersInHeap();
    const pauseMs = performance.now() - began;
    const http = loadedHttp();
    const agents = http === undefined ? [] : emitters.filter(emitter => isAgent(http, emitter));
    const dispatchers = emitters.filter(isDispatcher);
    for (const agent of agents) this.pools.add(agent);
    return { found: agents.length + this.dispatchers.add(dispatchers), pauseMs };
  }

  /** HTTP/1 requests being answered by the servers known. */
  countRequestsIn(): number {
    this.discover();
    return [...this.servers.entries()].reduce((sum, [, server]) => sum + requestsOf(server), 0);
  }

  #addAgentOf(handle: object): void {
    const agent = (handle as { _httpMessage?: { agent?: HttpAgent } | null })._httpMessage?.agent;
    if (agent !== undefined && agent !== null && typeof agent.getName === 'function') this.pools.add(agent);
  }
}

/** Not a prototype, which has the methods but no connections. */
function isAgent(http: typeof import('node:http'), emitter: object): emitter is HttpAgent {
  return emitter instanceof http.Agent && Object.hasOwn(emitter, 'sockets') && Object.hasOwn(emitter, 'freeSockets');
}

const guards = new WeakMap<Listener, Listener>();

/** A channel's publisher reports what a subscriber throws as an uncaught exception: ours must never throw into the app. */
function guarded(listener: Listener): Listener {
  let guard = guards.get(listener);
  if (guard === undefined) {
    guard = (message, name) => {
      try {
        listener(message, name);
      } catch {
        // Counting one request less is better than ending the process.
      }
    };
    guards.set(listener, guard);
  }
  return guard;
}
