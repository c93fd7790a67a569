/**
 * Endpoint → handler: the one table that the server dispatches on. Each is loaded with its first request: an agent that nobody asks holds
 * no memory for what it could answer. All are in one file with the worker (agent/rolldown.config.mjs), so none can have gone by then.
 */

import type { EndpointName } from '@nops/core/protocol/endpoints';
import { findEndpoint } from '@nops/core/protocol/find-endpoint';
import type { Handler } from '../context.js';

export type Load = () => Promise<Handler>;

const handlers: Record<EndpointName, Load> = {
  index: async () => (await import('../endpoints/index.js')).index,
  cmdline: async () => (await import('../endpoints/cmdline.js')).cmdline,
  profile: async () => (await import('../endpoints/profile.js')).profile,
  stopProfile: async () => (await import('../endpoints/stop-profile.js')).stopProfile,
  heap: async () => (await import('../endpoints/heap.js')).heap,
  allocs: async () => (await import('../endpoints/allocs.js')).allocs,
  goroutine: async () => (await import('../endpoints/goroutine.js')).goroutine,
  block: async () => (await import('../endpoints/block.js')).block,
  threadcreate: async () => (await import('../endpoints/threadcreate.js')).threadcreate,
  symbol: async () => (await import('../endpoints/symbol.js')).symbol,
  symbolPost: async () => (await import('../endpoints/symbol.js')).symbol,
  custom: async () => (await import('../endpoints/custom.js')).custom,
  trace: async () => (await import('../endpoints/trace.js')).trace,
  traceAlias: async () => (await import('../endpoints/trace.js')).trace,
  info: async () => (await import('../endpoints/info.js')).info,
  pulse: async () => (await import('../endpoints/pulse.js')).pulse,
  memstats: async () => (await import('../endpoints/memstats.js')).memstats,
  gc: async () => (await import('../endpoints/gc.js')).gc,
  gcSettings: async () => (await import('../endpoints/gc-settings.js')).gcSettings,
  setgc: async () => (await import('../endpoints/setgc.js')).setgc,
  stats: async () => (await import('../endpoints/stats.js')).stats,
  stack: async () => (await import('../endpoints/stack.js')).stack,
  async: async () => (await import('../endpoints/async.js')).async,
  sockets: async () => (await import('../endpoints/sockets.js')).sockets,
  fds: async () => (await import('../endpoints/fds.js')).fds,
  pools: async () => (await import('../endpoints/pools.js')).pools,
  tunables: async () => (await import('../endpoints/tunables.js')).tunables,
  set: async () => (await import('../endpoints/set.js')).set,
  endRun: async () => (await import('../endpoints/end-run.js')).endRun,
  lease: async () => (await import('../endpoints/lease.js')).lease,
  detach: async () => (await import('../endpoints/detach.js')).detach,
};

/** The handler of a path and method; the methods allowed when only the method is wrong; undefined for an unknown path. */
export function route(method: string, path: string): Load | { allow: string } | 'variant' | undefined {
  const found = findEndpoint(method, path);
  return typeof found === 'object' && 'name' in found ? handlers[found.name] : found;
}
