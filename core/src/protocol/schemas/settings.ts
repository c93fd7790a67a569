/** Answers about connection pools and settings, and to what is done to the agent itself. */

import type { LeaseResult } from '../attach-results.js';
import type { PoolsWalk } from '../pools-results.js';
import type { StopProfileResult } from '../profiling-results.js';
import type {
  Change,
  DetachResult,
  Pool,
  PoolPeer,
  PoolSettings,
  PoolsResult,
  SetResult,
  SettingValue,
  Tunable,
  TunablesResult,
} from '../results.js';
import type { EndRunResult } from '../run-results.js';
import { about } from './about.js';
import {
  count,
  either,
  exactly,
  flag,
  list,
  nullable,
  number,
  oneOf,
  optional,
  type Schema,
  shape,
  text,
} from './build.js';

const peer = shape<PoolPeer>({
  peer: text,
  inUse: number,
  free: number,
  queued: number,
  openedPerSec: number,
  requestsPerSec: number,
  reuse: nullable(number),
});

const pool = shape<Pool>({
  name: text,
  kind: oneOf('http', 'https', 'fetch', 'undici'),
  peers: list(peer),
  settings: shape<PoolSettings>({
    keepAlive: nullable(flag),
    maxSockets: nullable(number),
    maxFreeSockets: nullable(number),
    timeout: nullable(number),
  }),
});

export const pools = shape<PoolsResult>({
  ...about('pools'),
  seconds: number,
  pools: list(pool),
  walk: optional(shape<PoolsWalk>({ predictedMs: number, pauseMs: number, found: number })),
});

const setting: Schema<SettingValue> = nullable(either(either(number, flag), text));
const change = { name: text, old: setting, new: setting };

export const tunables = shape<TunablesResult>({
  ...about('tunables'),
  tunables: list(shape<Tunable>({ name: text, value: setting, description: text })),
  log: list(shape<Change & { at: string }>({ ...change, at: text })),
});

export const set = shape<SetResult>({ ...about('set'), changes: list(shape<Change>(change)) });

export const detach = shape<DetachResult>({
  ...about('detach'),
  agent: nullable(text),
  attached: flag,
  inspectorPort: optional(count),
  mainThread: oneOf('left', 'later'),
  kept: optional(exactly(true)),
});

export const stopProfile = shape<StopProfileResult>({ ...about('stopProfile'), id: text });

export const endRun = shape<EndRunResult>({ ...about('endRun'), signal: oneOf('SIGINT', 'SIGTERM') });

export const lease = shape<LeaseResult>({ schema: exactly('nops.lease/1'), pid: count, leased: flag });
