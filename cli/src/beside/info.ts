/** What /proc tells about who a process is, what it uses and whom it talks to. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { InfoResult } from '@nops/core/protocol/results';
import { startedAtMs } from '@nops/probe/beside/clock';
import { readDetails } from '@nops/probe/beside/details';
import type { Identity } from '@nops/probe/beside/identity';
import { readNodeVersion } from '@nops/probe/beside/node-version';
import { cpuPercent, readCpu } from '@nops/probe/beside/usage';

export function infoBeside(identity: Identity): InfoResult {
  return {
    schema: 'nops.info/1',
    pid: identity.pid,
    way: 'beside',
    notes: [],
    name: identity.name,
    node: readNodeVersion(identity.pid),
    v8: null,
    agent: null,
    cwd: identity.cwd,
    socketPath: null,
    url: null,
    startedAt: new Date(startedAtMs(identity.startTime)).toISOString(),
    ...readDetails(identity),
    pulse: null,
    stats: null,
    profiling: null,
    reach: [],
  };
}

/** Percent of one core that `pid` uses over `seconds`. Rejects when the wait is aborted. */
export async function measureCpu(pid: number, seconds: number, signal: AbortSignal): Promise<number> {
  const before = readCpu(pid);
  await sleep(seconds * 1000, undefined, { signal });
  return cpuPercent(before, readCpu(pid));
}
