/** `/debug/nops/pools`: the connection pools and what they did while measured. */

import { parseWhole } from '@nops/core/protocol/parameters';
import type { PoolsWalk } from '@nops/core/protocol/pools-results';
import type { Pool, PoolPeer, PoolsResult } from '@nops/core/protocol/results';
import { formatMillis } from '@nops/core/units/format';
import type { Observation, ObservedPool } from '../../messages/shared.js';
import type { Handler } from '../context.js';
import { observe } from '../observe.js';
import { walkForPools } from '../walk-for-pools.js';

export const pools: Handler = async (asked, context) => {
  const seconds = parseWhole('seconds', asked.params.get('seconds'), { min: 1, max: 60, fallback: 1 });
  const deep = isOn('deep', asked.params);
  const walk = deep ? await walkForPools(isOn('force', asked.params), context) : undefined;
  const observation = await observe(deep ? 'deep' : 'http', seconds, asked.signal, context);
  const result: PoolsResult = {
    schema: 'nops.pools/1',
    pid: process.pid,
    way: 'agent',
    notes: notes(observation, walk),
    seconds: observation.seconds,
    pools: observation.pools.map(pool => toPool(pool, observation.seconds)),
    ...(walk === undefined ? {} : { walk }),
  };
  return { type: 'json', value: result };
};

function isOn(name: string, params: URLSearchParams): boolean {
  return parseWhole(name, params.get(name), { min: 0, max: 1, fallback: 0 }) === 1;
}

function toPool(pool: ObservedPool, seconds: number): Pool {
  return {
    name: pool.name,
    kind: pool.kind,
    settings: pool.settings,
    peers: pool.peers.map(peer => toPeer(peer, seconds)),
  };
}

function toPeer(peer: ObservedPool['peers'][number], seconds: number): PoolPeer {
  return {
    peer: peer.peer,
    inUse: peer.inUse,
    free: peer.free,
    queued: peer.queued,
    openedPerSec: peer.opened / seconds,
    requestsPerSec: peer.requests / seconds,
    reuse: peer.requests === 0 ? null : peer.reused / peer.requests,
  };
}

function notes(observation: Observation, walk: PoolsWalk | undefined): string[] {
  const all: string[] = [];
  if (walk !== undefined) {
    all.push(
      `the heap was searched: ${walk.found} pools; the main thread stood still for ${formatMillis(walk.pauseMs)}, predicted were ${formatMillis(walk.predictedMs)} at most`,
    );
  }
  if (observation.pools.some(pool => pool.kind === 'undici')) {
    all.push('what undici’s pools open and send is counted as fetch’s: their messages do not tell which they are of');
  }
  if (observation.pools.length === 0) {
    all.push(
      walk === undefined
        ? 'no pool was seen: they are found by requests sent while measuring and by open connections; measure for longer with -s, or search the heap with --deep'
        : 'no pool was seen, nor is one in the main thread’s heap',
    );
  }
  if (observation.poolsLeftOut > 0) {
    all.push(`${observation.poolsLeftOut} more pools were not listed: does the app make an Agent for each request?`);
  }
  return all;
}
