/** What `cpu`, `heap` and `allocs` share: the costliest functions of a profile, and the file it is kept in. */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type { Profile } from '@nops/core/profile/model';
import { type Top, topEntries } from '@nops/core/profile/top';
import { NopsError } from '@nops/core/protocol/errors';
import { fileName } from '../output/file-name.js';
import { writeWhole } from '../output/write-file.js';

/** Functions in a result, and how many of them are printed. */
const topLimit = 500;
const maxProfileBytes = 1024 ** 3;
const openingBrace = 0x7b;

export interface ReadProfile extends Top {
  comments: string[];
  seconds: number;
}

/** The costliest functions of a profile, in its default sample type. */
export async function readProfile(bytes: Uint8Array): Promise<ReadProfile> {
  const profile = await decodeAny(bytes);
  const { comments, durationNanos } = profile;
  return { ...topEntries(profile, { limit: topLimit }), comments, seconds: durationNanos / 1e9 };
}

/** The pprof format, gzipped, or one in JSON. */
export async function decodeAny(bytes: Uint8Array): Promise<Profile> {
  if (bytes[0] !== openingBrace) return decodeProfile(await unzip(bytes));
  const { fromJson } = await import('@nops/core/profile/formats/from-json');
  return fromJson(JSON.parse(Buffer.from(bytes).toString('utf8')));
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
export function keepProfile(
  named: string | undefined,
  kind: 'cpu' | 'heap' | 'allocs',
  pid: number,
  profile: Uint8Array | string,
  extension = 'pb.gz',
): string {
  const file = named ?? fileName(kind, pid, extension);
  writeWhole(file, profile);
  return file;
}
