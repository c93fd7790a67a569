/** `/debug/nops/info`: who this process is and how its agent can be reached. */

import type { InfoResult } from '@nops/core/protocol/results';
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
    command: commandLine(),
    cwd: process.cwd(),
    socketPath: context.announcement.socketPath,
    url: context.url,
    startedAt: context.startedAt.toISOString(),
  };
  return { type: 'json', value: result };
};
