/** What the page tells about a profile that was recorded now. */

import type { ProfileOrigin } from '@nops/core/profile/origin';
import type { InfoResult } from '@nops/core/protocol/results';
import type { Found } from '../target/found.js';
import type { Served } from './app.js';

export interface Recording {
  kind: Exclude<NonNullable<ProfileOrigin['profile']>['kind'], 'file'>;
  /** What was asked for; undefined: whatever the agent had. */
  seconds: number | undefined;
  /** Gzipped, in the pprof format. */
  bytes: Uint8Array;
}

/** The process is called as its agent calls it, else by what it runs. */
export function servedOf(target: Found, info: InfoResult, { kind, seconds, bytes }: Recording): Served {
  const { pid, node, command, cwd } = info;
  const described = {
    kind,
    name: info.name ?? target.process?.name ?? `process ${pid}`,
    bytes: bytes.length,
    process: { pid, node, command, cwd },
    ...(seconds === undefined ? {} : { seconds }),
  };
  return { origin: { schema: 'nops.ui-info/1', profile: described }, profile: bytes };
}
