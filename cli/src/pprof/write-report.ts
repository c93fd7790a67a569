/** What a report is written to a file as. */

import { gzipSync } from 'node:zlib';
import { compact } from '@nops/core/profile/compact';
import { encodeProfile } from '@nops/core/profile/encode';
import type { Prepared } from '@nops/core/profile/report/prepare';
import { formatPprof } from '@nops/core/profile/report/text';
import { scale } from '@nops/core/profile/scale';
import type { PprofResult } from '@nops/core/protocol/pprof-results';

/** `prepared` is what `result` was made of. */
export function reportContent(result: PprofResult, prepared: Prepared): string | Buffer {
  if (result.report === 'proto') return gzipSync(profileBytes(prepared));
  return formatPprof(result);
}

function profileBytes({ profile, config }: Prepared): Uint8Array {
  return encodeProfile(compact(config.divide_by > 0 ? scale(profile, 1 / config.divide_by) : profile));
}
