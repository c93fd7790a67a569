/** What `cpu`, `heap` and `allocs` share: the costliest functions of a profile, and the file it is kept in. */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type DecodeLimits, decodeProfile } from '@nops/core/profile/decode';
import type { Profile } from '@nops/core/profile/model';
import { type Top, topEntries } from '@nops/core/profile/top';
import { boundedJson } from '@nops/core/protocol/bounded-json';
import { NopsError } from '@nops/core/protocol/errors';
import { formatBytes } from '@nops/core/units/format';
import { type Context, uninterrupted } from '../context.js';
import { fileName } from '../output/file-name.js';
import { writeWhole } from '../output/write-file.js';

/** Functions in a result, and how many of them are printed. */
const topLimit = 500;
/** Of what an agent answers. Unpacked a profile of 300 s has a tenth of that; what decodes it takes some four times as much. */
export const maxAgentProfileBytes = 64 * 1024 ** 2;
/** Of what an agent answers: samples, locations, functions and names together. */
export const agentLimits: DecodeLimits = { maxMessages: 2_000_000 };
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

/** The pprof format, gzipped, or one in JSON, as an agent answers it. Throws `no-answer`, with what is wrong, for what is neither. */
export async function decodeAny(bytes: Uint8Array): Promise<Profile> {
  try {
    if (bytes[0] !== openingBrace) return decodeProfile(await unzip(bytes), agentLimits);
    const json = boundedJson(bytes);
    if (!json.ok) throw malformed(json.why);
    return (await import('@nops/core/profile/formats/from-json')).fromJson(json.value);
  } catch (error) {
    throw error instanceof NopsError && error.code === 'usage' ? malformed(error.message) : error;
  }
}

async function unzip(bytes: Uint8Array): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxAgentProfileBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw malformed(`it unpacks to more than ${formatBytes(maxAgentProfileBytes)}`);
    }
    throw malformed(error instanceof Error ? error.message : String(error));
  }
}

function malformed(why: string): NopsError {
  return new NopsError(
    'no-answer',
    `the agent’s profile is malformed: ${why}`,
    'Ask for fewer seconds, or another format.',
  );
}

/** Writes a profile to the file that was named, or to one of its own; the file's name. */
export function keepProfile(
  context: Context,
  named: string | undefined,
  kind: 'cpu' | 'heap' | 'allocs',
  pid: number,
  profile: Uint8Array | string,
  extension = 'pb.gz',
): string {
  const file = named ?? fileName(kind, pid, extension);
  uninterrupted(context, () => writeWhole(file, profile));
  return file;
}
