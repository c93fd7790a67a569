/** What `nops <pid>` tells of a process beyond who it is: use, connections, limits, options. All from /proc. */

import type { InfoConnections, InfoUsage } from '@nops/core/protocol/info-parts';
import type { InfoResult } from '@nops/core/protocol/results';
import { readCgroup } from './cgroup.js';
import { ageSeconds } from './clock.js';
import type { Identity } from './identity.js';
import { machineMemory } from './memory.js';
import { orUndefined } from './procfs.js';
import { readSockets } from './sockets.js';
import { readStartedWith } from './started-with.js';
import { readUsage, type UsageSample } from './usage.js';

/** Connections listed one by one; more are only grouped. */
const maxListed = 100;

type Details = Pick<
  InfoResult,
  'ppid' | 'uid' | 'user' | 'service' | 'elapsedSeconds' | 'usage' | 'connections' | 'cgroup' | 'flags' | 'command'
>;

/** What may not be read is null. Throws `no-target` when it is gone. */
export function readDetails(identity: Identity): Details {
  const { pid, ppid, uid, user, service } = identity;
  const elapsedSeconds = ageSeconds(identity.startTime);
  return {
    ppid,
    uid,
    user,
    service,
    elapsedSeconds,
    usage: usageOf(readUsage(pid), elapsedSeconds),
    connections: orUndefined(() => connectionsOf(pid)) ?? null,
    cgroup: readCgroup(pid),
    ...readStartedWith(identity),
  };
}

function usageOf(sample: UsageSample, elapsedSeconds: number): InfoUsage {
  const machine = machineMemory();
  const cpuSeconds = Math.max(sample.tickNanos, sample.cpuNanos) / 1e9;
  return {
    threads: sample.threads,
    rssBytes: sample.rssBytes,
    memoryPercent: machine === null ? null : (sample.rssBytes / machine) * 100,
    cpuSeconds,
    cpuPercentSinceStart: elapsedSeconds > 0 ? (cpuSeconds / elapsedSeconds) * 100 : 0,
    cpuPercent: null,
    measuredSeconds: null,
  };
}

function connectionsOf(pid: number): InfoConnections {
  const { sockets, peers, listeners } = readSockets(pid);
  const connected = sockets.filter(socket => socket.kind === 'tcp' && socket.state !== 'LISTEN');
  return {
    total: peers.reduce((sum, { count }) => sum + count, 0),
    listed: connected.slice(0, maxListed).map(({ local, peer, state }) => ({ local, peer, state })),
    groups: peers.map(({ peer, direction, state, count }) => ({ peer, direction, state, count })),
    listeners: listeners.map(({ local }) => local),
  };
}
