/** What `cpu` and `heap` share: a profile from the agent, its costliest functions, and the file it is kept in. */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { type Top, topEntries } from '@nops/core/profile/top';
import { NopsError } from '@nops/core/protocol/errors';
import { fileName } from './output/file-name.js';

/** Functions in a result, and how many of them are printed. */
const topLimit = 500;
const maxProfileBytes = 1024 ** 3;

export interface ReadProfile extends Top {
  comments: string[];
  seconds: number;
}

/** The costliest functions of a gzipped profile, in its default sample type. */
export async function readProfile(bytes: Buffer): Promise<ReadProfile> {
  const profile = decodeProfile(await unzip(bytes));
  const { comments, durationNanos } = profile;
  return { ...topEntries(profile, { limit: topLimit }), comments, seconds: durationNanos / 1e9 };
}

async function unzip(bytes: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxProfileBytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('impossible', `the agent's profile can't be read: ${why}`, 'Ask for fewer seconds.');
  }
}

/** Where a profile goes that nobody named a file for. */
export function profileFile(kind: 'cpu' | 'heap', pid: number): string {
  return fileName(kind, pid, 'pb.gz');
}
