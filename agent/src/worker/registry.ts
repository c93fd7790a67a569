/** Endpoint → handler: the one table that the server dispatches on and the index page is drawn from. */

import { type EndpointName, endpoints } from '@nops/core/protocol/endpoints';
import type { Handler } from './context.js';
import { allocs } from './endpoints/allocs.js';
import { async } from './endpoints/async.js';
import { block } from './endpoints/block.js';
import { cmdline } from './endpoints/cmdline.js';
import { custom } from './endpoints/custom.js';
import { detach } from './endpoints/detach.js';
import { fds } from './endpoints/fds.js';
import { gc } from './endpoints/gc.js';
import { gcSettings } from './endpoints/gc-settings.js';
import { goroutine } from './endpoints/goroutine.js';
import { heap } from './endpoints/heap.js';
import { index } from './endpoints/index.js';
import { info } from './endpoints/info.js';
import { lease } from './endpoints/lease.js';
import { memstats } from './endpoints/memstats.js';
import { pools } from './endpoints/pools.js';
import { profile } from './endpoints/profile.js';
import { pulse } from './endpoints/pulse.js';
import { set } from './endpoints/set.js';
import { setgc } from './endpoints/setgc.js';
import { sockets } from './endpoints/sockets.js';
import { stack } from './endpoints/stack.js';
import { stats } from './endpoints/stats.js';
import { stopProfile } from './endpoints/stop-profile.js';
import { symbol } from './endpoints/symbol.js';
import { threadcreate } from './endpoints/threadcreate.js';
import { trace } from './endpoints/trace.js';
import { tunables } from './endpoints/tunables.js';

const handlers: Record<EndpointName, Handler> = {
  index,
  cmdline,
  profile,
  stopProfile,
  heap,
  allocs,
  goroutine,
  block,
  threadcreate,
  symbol,
  symbolPost: symbol,
  custom,
  trace,
  traceAlias: trace,
  info,
  pulse,
  memstats,
  gc,
  gcSettings,
  setgc,
  stats,
  stack,
  async,
  sockets,
  fds,
  pools,
  tunables,
  set,
  lease,
  detach,
};

/** The handler of a path and method; the methods allowed when only the method is wrong; undefined for an unknown path. */
export function route(method: string, path: string): Handler | { allow: string } | undefined {
  const allowed: string[] = [];
  for (const [name, endpoint] of Object.entries(endpoints)) {
    if (endpoint.path !== path) continue;
    if (endpoint.method === method) return handlers[name as EndpointName];
    allowed.push(endpoint.method);
  }
  if (allowed.length > 0) return { allow: allowed.join(', ') };
  if (!isCustom(path)) return undefined;
  return method === 'GET' ? custom : { allow: 'GET' };
}

/** A name of `createProfile`'s; whether there is one of it, only the main thread knows. */
function isCustom(path: string): boolean {
  return /^\/debug\/pprof\/\w[\w.-]*$/.test(path);
}
