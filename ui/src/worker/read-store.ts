/** The bytes of a profile, from the server or from a file, gzipped or not → SampleStore. Bounded: a small file can unpack to anything. */

import { decodeProfile } from '@nops/core/profile/decode';
import type { SampleStore } from '@nops/core/profile/query/store';
import { storeOfProfile } from '@nops/core/profile/query/store-of-profile';
import { NopsError } from '@nops/core/protocol/errors';
import { formatBytes } from '@nops/core/units/format';

/** The server's bound too (cli/src/ui-server). */
const maxFileBytes = 512 * 1024 ** 2;
const maxUnpackedBytes = 1024 ** 3;

/** Throws a NopsError that says what the file is instead. */
export async function readStore(source: string | Blob, _base: string | Blob | undefined): Promise<SampleStore> {
  const file = typeof source === 'string' ? await download(source) : source;
  if (file.size > maxFileBytes) throw tooLarge(file.size, maxFileBytes);
  const magic = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b; // RFC 1952
  return storeOfProfile(decodeProfile(isGzip ? await unpack(file) : new Uint8Array(await file.arrayBuffer())));
}

async function download(address: string): Promise<Blob> {
  const response = await fetch(address, { credentials: 'same-origin' });
  if (response.ok) return response.blob();
  throw new NopsError('no-answer', `the server answered ${response.status} instead of the profile`);
}

async function unpack(file: Blob): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of file.stream().pipeThrough(new DecompressionStream('gzip'))) {
      size += chunk.length;
      if (size > maxUnpackedBytes) throw tooLarge(size, maxUnpackedBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof NopsError) throw error;
    throw new NopsError(
      'usage',
      'the file is damaged: its compressed data ends early or is not what it should be',
      'Copy or record it again.',
    );
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function tooLarge(bytes: number, limit: number): NopsError {
  return new NopsError(
    'usage',
    `the profile is ${formatBytes(bytes)}, and the limit is ${formatBytes(limit)}`,
    'Record fewer seconds.',
  );
}
