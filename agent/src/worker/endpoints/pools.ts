/** `/debug/nops/pools`: the connection pools and what they did while measured. */

import { parseWhole } from '@nops/core/protocol/parameters';
import type { Pool, PoolPeer, PoolsResult } from '@nops/core/protocol/results';
import type { Observation, ObservedPool } from '../../messages/shared.js';
import type { Handler } from '../context.js';
import { observe } from '../observe.js';

export const pools: Handler = async (asked, context) => {
  const seconds = parseWhole('seconds', asked.params.get('seconds'), { min: 1, max: 60, fallback: 1 });
  const observation = await observe('http', seconds, asked.signal, context);
  const result: PoolsResult = {
    schema: 'nops.pools/1',
    pid: process.pid,
    way: 'agent',
    notes: notes(observation),
    seconds: observation.seconds,
    pools: observation.pools.map(pool => toPool(pool, observation.seconds)),
  };
  return { type: 'json', value: result };
};

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

function notes(observation: Observation): string[] {
  const all: string[] = [];
  if (observation.pools.length === 0) {
    all.push(
      'no pool was seen: they are found by requests sent while measuring and by open connections; measure for longer with -s',
    );
  }
  if (observation.poolsLeftOut > 0) {
    all.push(`${observation.poolsLeftOut} more pools were not listed: does the app make an Agent for each request?`);
  }
  return all;
}
