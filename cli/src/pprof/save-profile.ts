/** Keeps what was fetched, as Go's pprof does: what a process did a minute ago can't be asked for again. */

import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import type { Profile } from '@nops/core/profile/model';
import { NopsError } from '@nops/core/protocol/errors';
import { writeWhole } from '../output/write-file.js';

/** More in one folder are no use, and looking for a free name has an end. */
const maxSaved = 999;

/** Under a name of its own in `folder`: `pprof.node.samples.wall.001.pb.gz`; its path. */
export function saveProfile(profile: Profile, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const program = basename(profile.mappings[0]?.file ?? '');
  const parts = ['pprof', program, ...profile.sampleTypes.map(({ type }) => type)];
  const name = parts
    .map(part => part.replace(/[^\w.-]/g, '_'))
    .filter(part => part !== '')
    .join('.');
  for (let number = 1; number <= maxSaved; number++) {
    const path = join(folder, `${name}.${String(number).padStart(3, '0')}.pb.gz`);
    if (existsSync(path)) continue;
    writeWhole(path, gzipSync(encodeProfile(profile)));
    return path;
  }
  throw new NopsError(
    'usage',
    `${folder} has ${maxSaved} profiles ${name} already`,
    'Remove some, or unset PPROF_TMPDIR.',
  );
}
