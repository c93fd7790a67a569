/** The page with a profile in it, as one file that needs no server. */

import { readFileSync } from 'node:fs';
import { offlinePage } from '@nops/core/profile/formats/offline-page';
import type { ProfileOrigin } from '@nops/core/profile/origin';
import { NopsError } from '@nops/core/protocol/errors';
import { formatBytes } from '@nops/core/units/format';
import { packageFolder } from '../package-folder.js';

/** As base64 it is a third longer, and has to fit into a string of 512 MB with the page. */
const maxBytes = 256 * 1024 ** 2;

/** Throws `usage` without a profile, `impossible` when the page was not built. */
export function servedOffline({ origin, profile }: { origin: ProfileOrigin; profile: Uint8Array | undefined }): string {
  if (profile === undefined || origin.profile === undefined)
    throw new NopsError('usage', 'there is no profile to put into the page', 'nops ui cpu.pb.gz -o cpu.html');
  if (profile.length > maxBytes)
    throw new NopsError(
      'usage',
      `a file of ${formatBytes(profile.length)} does not fit into a page: the limit is ${formatBytes(maxBytes)}`,
      'Leave out -o to have it served.',
    );
  return offlinePage(readTemplate(), Buffer.from(profile).toString('base64'), origin.profile);
}

/** The page with a place for a profile. */
export function readTemplate(): string {
  try {
    return readFileSync(new URL('ui/offline.html', packageFolder), 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('impossible', `the page of nops ui is not built: ${why}`, 'npm run setup   builds it');
  }
}
