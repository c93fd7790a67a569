/** What the page tells about a profile that was recorded now. */

import type { ProfileOrigin } from '@nops/core/profile/origin';
import type { InfoResult } from '@nops/core/protocol/results';
import type { Target } from '../target/target.js';
import type { Served } from './app.js';

export interface Recording {
  kind: Exclude<NonNullable<ProfileOrigin['profile']>['kind'], 'file'>;
  /** What was asked for; undefined: whatever the agent had. */
  seconds: number | undefined;
  /** Gzipped, in the pprof format. */
  bytes: Buffer;
}

/** The process is called as its agent calls it, else by what it runs. */
export function servedOf(target: Target, info: InfoResult, { kind, seconds, bytes }: Recording): Served {
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
