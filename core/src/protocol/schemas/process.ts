/** Answers about a process as a whole: who it is, what it does, what it has open. */

import type {
  CgroupFacts,
  InfoConnections,
  InfoFlags,
  InfoProfiling,
  InfoPulse,
  InfoReach,
  InfoUsage,
} from '../info-parts.js';
import type { PulseResult } from '../memory-results.js';
import type {
  FdsResult,
  InfoResult,
  RequestFlow,
  SocketEntry,
  SocketsResult,
  StackResult,
  StatsResult,
} from '../results.js';
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
  type Schema,
  shape,
  text,
  texts,
} from './build.js';
import { fdKind, fdTarget, stackThread, tcpState, threadActivity } from './threads.js';

type Some<T> = NonNullable<T>;
type One<T extends readonly unknown[]> = T[number];

const direction = oneOf('in', 'out');

const flow = shape<RequestFlow>({ inFlight: number, finishedPerSec: number });

export const stats = shape<StatsResult>({
  ...about('stats'),
  seconds: number,
  requests: nullable(shape<Some<StatsResult['requests']>>({ in: flow, out: flow })),
  activeHandles: nullable(number),
  activeRequests: nullable(number),
  loop: nullable(
    shape<Some<StatsResult['loop']>>({
      delayP50Ms: number,
      delayP99Ms: number,
      delayMaxMs: number,
      utilization: number,
    }),
  ),
  gc: nullable(shape<Some<StatsResult['gc']>>({ count: number, pauseMs: number, maxPauseMs: number })),
  heap: nullable(
    shape<Some<StatsResult['heap']>>({
      usedBytes: number,
      totalBytes: number,
      limitBytes: number,
      externalBytes: number,
      arrayBuffersBytes: number,
      usedBytesPerSec: number,
    }),
  ),
  rssBytes: nullable(number),
  cpuPercent: nullable(number),
  threads: nullable(number),
  fds: nullable(shape<Some<StatsResult['fds']>>({ open: number, limit: nullable(number), growthPerSec: number })),
  blockedForMs: nullable(number),
  main: threadActivity,
});

const counted = list(shape<{ type: string; count: number }>({ type: text, count }));

export const stack = shape<StackResult>({
  ...about('stack'),
  node: nullable(text),
  v8: nullable(text),
  pausedMicros: number,
  threads: list(stackThread),
  pending: nullable(shape<Some<StackResult['pending']>>({ handles: counted, requests: counted })),
});

export const sockets = shape<SocketsResult>({
  ...about('sockets'),
  sockets: list(
    shape<SocketEntry>({
      fd: count,
      kind: oneOf('tcp', 'unix'),
      inode: count,
      state: text,
      local: text,
      peer: text,
      recvQ: number,
      sendQ: number,
    }),
  ),
  listeners: list(shape<One<SocketsResult['listeners']>>({ local: text, acceptQueue: number })),
  peers: list(
    shape<One<SocketsResult['peers']>>({ peer: text, direction, state: tcpState, count, recvQ: number, sendQ: number }),
  ),
  timeWait: list(shape<One<SocketsResult['timeWait']>>({ peer: text, direction, count })),
  unix: list(shape<One<SocketsResult['unix']>>({ path: text, state: text, count })),
});

export const fds = shape<FdsResult>({
  ...about('fds'),
  open: count,
  limit: shape<FdsResult['limit']>({ soft: nullable(number), hard: nullable(number) }),
  kinds: list(shape<One<FdsResult['kinds']>>({ kind: fdKind, count })),
  fds: list(shape<One<FdsResult['fds']>>({ fd: count, target: fdTarget })),
});

export const cgroup = shape<CgroupFacts>({
  versions: list(either(exactly(1), exactly(2))),
  cpu: nullable(
    shape<Some<CgroupFacts['cpu']>>({
      path: text,
      limitCores: nullable(number),
      periods: nullable(number),
      throttledPeriods: nullable(number),
      throttledMs: nullable(number),
    }),
  ),
  memory: nullable(
    shape<Some<CgroupFacts['memory']>>({
      path: text,
      limitBytes: nullable(number),
      currentBytes: nullable(number),
      oomKills: nullable(number),
    }),
  ),
});

const pulseFields = {
  loopDelayMs: nullable(number),
  activeHandles: nullable(number),
  activeRequests: nullable(number),
  heap: nullable(shape<Some<InfoPulse['heap']>>({ usedBytes: number, totalBytes: number, limitBytes: number })),
};

export const pulse = shape<PulseResult>({
  ...about('pulse'),
  ...pulseFields,
  blockedForMs: nullable(number),
  main: threadActivity,
});

const profiling = shape<InfoProfiling>({
  mode: oneOf('on-demand', 'warm'),
  isOn: flag,
  hz: nullable(number),
  cpuPercent: nullable(number),
  budgetPercent: nullable(number),
  sampleMicros: nullable(number),
  heldSeconds: number,
  heldBytes: number,
  events: list(shape<One<InfoProfiling['events']>>({ at: text, what: text })),
});

const connections = shape<InfoConnections>({
  total: number,
  listed: list(shape<One<InfoConnections['listed']>>({ local: text, peer: text, state: text })),
  groups: list(shape<One<InfoConnections['groups']>>({ peer: text, direction, state: text, count })),
  listeners: texts,
});

const usage = shape<InfoUsage>({
  threads: number,
  rssBytes: number,
  memoryPercent: nullable(number),
  cpuSeconds: number,
  cpuPercentSinceStart: number,
  cpuPercent: nullable(number),
  measuredSeconds: nullable(number),
});

export const info: Schema<InfoResult> = shape<InfoResult>({
  ...about('info'),
  name: nullable(text),
  node: nullable(text),
  v8: nullable(text),
  agent: nullable(text),
  command: texts,
  cwd: nullable(text),
  socketPath: nullable(text),
  url: nullable(text),
  startedAt: text,
  ppid: nullable(count),
  uid: nullable(count),
  user: nullable(text),
  service: nullable(text),
  elapsedSeconds: nullable(number),
  usage: nullable(usage),
  connections: nullable(connections),
  cgroup: nullable(cgroup),
  flags: nullable(shape<InfoFlags>({ execArgv: nullable(texts), nodeOptions: nullable(text), redacted: number })),
  pulse: nullable(shape<InfoPulse>(pulseFields)),
  stats: nullable(stats),
  profiling: nullable(profiling),
  reach: list(shape<InfoReach>({ way: oneOf('beside', 'agent', 'through'), works: flag, why: text })),
});
