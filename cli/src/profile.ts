/** What `cpu` and `heap` share: the costliest functions of a profile, and the file it is kept in. */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { type Top, topEntries } from '@nops/core/profile/top';
import { NopsError } from '@nops/core/protocol/errors';
import { fileName } from './output/file-name.js';
import { writeWhole } from './output/write-file.js';

/** Functions in a result, and how many of them are printed. */
const topLimit = 500;
const maxProfileBytes = 1024 ** 3;

export interface ReadProfile extends Top {
  comments: string[];
  seconds: number;
}

/** The costliest functions of a gzipped profile, in its default sample type. */
export async function readProfile(bytes: Uint8Array): Promise<ReadProfile> {
  const profile = decodeProfile(await unzip(bytes));
  const { comments, durationNanos } = profile;
  return { ...topEntries(profile, { limit: topLimit }), comments, seconds: durationNanos / 1e9 };
}

async function unzip(bytes: Uint8Array): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxProfileBytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('impossible', `the agent's profile can't be read: ${why}`, 'Ask for fewer seconds.');
  }
}

/** Writes a profile to the file that was named, or to one of its own; the file's name. */
export function keepProfile(named: string | undefined, kind: 'cpu' | 'heap', pid: number, profile: Uint8Array): string {
  const file = named ?? fileName(kind, pid, 'pb.gz');
  writeWhole(file, profile);
  return file;
}
