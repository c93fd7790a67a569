/** `/debug/nops/info`: who this process is and how its agent can be reached. */

import type { InfoResult } from '@nops/core/protocol/results';
import { readDetails } from '@nops/probe/beside/details';
import { readIdentity } from '@nops/probe/beside/identity';
import type { Handler } from '../context.js';
import { commandLine } from '../process-facts.js';

export const info: Handler = (_asked, context) => {
  const result: InfoResult = {
    schema: 'nops.info/1',
    pid: process.pid,
    way: 'agent',
    notes: [],
    name: context.announcement.name,
    node: process.versions.node,
    v8: process.versions.v8,
    agent: context.announcement.agent,
    cwd: process.cwd(),
    socketPath: context.announcement.socketPath,
    url: context.url,
    startedAt: context.startedAt.toISOString(),
    ...details(),
    pulse: null,
    stats: null,
    reach: [],
  };
  return { type: 'json', value: result };
};

/** From /proc/self, so it answers whatever the main thread does. */
function details(): ReturnType<typeof readDetails> {
  if (process.platform === 'linux') return readDetails(readIdentity(process.pid));
  return {
    command: commandLine(),
    ppid: process.ppid,
    uid: process.geteuid?.() ?? null,
    user: null,
    service: null,
    elapsedSeconds: process.uptime(),
    usage: null,
    connections: null,
    cgroup: null,
    flags: null,
  };
}
