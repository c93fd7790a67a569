/** `/debug/nops/info`: who this process is and how its agent can be reached. Read from /proc/self, so it answers whatever the main thread does. */

import { parseWhole } from '@nops/core/protocol/parameters';
import type { InfoResult } from '@nops/core/protocol/results';
import { redactWords } from '@nops/core/units/redact';
import { readDetails } from '@nops/probe/beside/details';
import { readIdentity } from '@nops/probe/beside/identity';
import type { Handler } from '../context.js';
import { commandLine } from '../process-facts.js';

export const info: Handler = (asked, context) => {
  const wanted = parseWhole('details', asked.params.get('details'), { min: 0, max: 1, fallback: 1 });
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
    ...(wanted === 1 && process.platform === 'linux' ? readDetails(readIdentity(process.pid)) : noDetails()),
    pulse: null,
    stats: null,
    profiling: context.engine.describe(),
    reach: [],
  };
  return { type: 'json', value: result };
};

/** What is known without reading much. */
function noDetails(): ReturnType<typeof readDetails> {
  return {
    command: redactWords(commandLine()).words,
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
