/** What /proc tells about who a process is. */

import type { InfoResult } from '@nops/core/protocol/results';
import { startedAtMs } from '@nops/probe/beside/clock';
import type { Identity } from '@nops/probe/beside/identity';
import { readNodeVersion } from '@nops/probe/beside/node-version';

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
    command: identity.argv,
    cwd: identity.cwd,
    socketPath: null,
    url: null,
    startedAt: new Date(startedAtMs(identity.startTime)).toISOString(),
  };
}
