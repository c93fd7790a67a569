/** What a report is written to a file as. */

import { gzipSync } from 'node:zlib';
import { compact } from '@nops/core/profile/compact';
import { encodeProfile } from '@nops/core/profile/encode';
import type { Prepared } from '@nops/core/profile/report/prepare';
import { formatPprof } from '@nops/core/profile/report/text';
import { scale } from '@nops/core/profile/scale';
import type { PprofResult } from '@nops/core/protocol/pprof-results';
import { servedOffline } from '../ui-server/offline.js';

/** `prepared` is what `result` was made of. */
export function reportContent(result: PprofResult, prepared: Prepared): string | Buffer {
  if (result.report === 'proto') return gzipSync(profileBytes(prepared));
  if (result.report === 'flame.html') return flamePage(gzipSync(profileBytes(prepared)), result.sampleType);
  return formatPprof(result);
}

/** The viewer with the profile in it, as one file. */
function flamePage(profile: Buffer, name: string): string {
  const described = { kind: 'file' as const, name, bytes: profile.length };
  return servedOffline({ origin: { schema: 'nops.ui-info/1', profile: described }, profile });
}

function profileBytes({ profile, config }: Prepared): Uint8Array {
  return encodeProfile(compact(config.divide_by > 0 ? scale(profile, 1 / config.divide_by) : profile));
}
