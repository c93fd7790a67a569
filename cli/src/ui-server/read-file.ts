/** A profile from a file or from standard input, as it will be served: gzipped, not too large, and in the pprof format. */

import { closeSync, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { constants, gunzipSync, gzip } from 'node:zlib';
import { NopsError } from '@nops/core/protocol/errors';
import { formatBytes } from '@nops/core/units/format';

/** The page's bound too (ui/src/worker/read-profile.ts). */
const maxFileBytes = 512 * 1024 ** 2;
/** Enough of the file to tell what it is. */
const headBytes = 64 * 1024;
const chunkBytes = 1024 ** 2;
const standardInput = 0;

/** `-` is standard input. Throws a `usage` error that says what the file is instead. */
export async function readProfileFile(path: string, signal: AbortSignal): Promise<Buffer> {
  const name = path === '-' ? 'standard input' : path;
  const bytes = await readBounded(path, name, signal);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b; // RFC 1952
  const head = isGzip ? unpackHead(bytes, name) : bytes.subarray(0, headBytes);
  if (!looksLikeProfile(head)) throw notAProfile(name, head);
  return isGzip ? bytes : promisify(gzip)(bytes, { level: 1 });
}

async function readBounded(path: string, name: string, signal: AbortSignal): Promise<Buffer> {
  const descriptor = path === '-' ? standardInput : open(path);
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw new NopsError('usage', `${name} is a folder`, 'Name a profile in it.');
    if (stats.isFile() && stats.size > maxFileBytes) throw tooLarge(name, stats.size);
    const chunks: Buffer[] = [];
    for (let size = 0; ; ) {
      signal.throwIfAborted();
      const { bytesRead, buffer } = await promisify(read)(
        descriptor,
        Buffer.allocUnsafe(chunkBytes),
        0,
        chunkBytes,
        null,
      );
      if (bytesRead === 0) return Buffer.concat(chunks);
      size += bytesRead;
      if (size > maxFileBytes) throw tooLarge(name, size);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    if (descriptor !== standardInput) closeSync(descriptor);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('usage', `can't read ${path}: ${why}`, 'Name another file.');
  }
}

function unpackHead(bytes: Buffer, name: string): Buffer {
  try {
    // SYNC_FLUSH: what was cut off is no error.
    return gunzipSync(bytes.subarray(0, headBytes), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: chunkBytes * 128,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('usage', `${name} can't be unpacked: ${why}`, record);
  }
}

/**
 * A profile begins with the key of one of its fields: number · 8 + wire type. All writers known begin with sample types (field 1) or
 * the string table (6); the page decodes the rest and says what is wrong with it.
 */
function looksLikeProfile(head: Buffer): boolean {
  const key = head[0] ?? 0;
  const isMessage = (key & 7) === 2 && [1, 2, 3, 4, 5, 6, 11].includes(key >> 3);
  const isNumber = (key & 7) === 0 && [7, 8, 9, 10, 12, 13, 14].includes(key >> 3);
  // Text can begin with these bytes, as with a line feed; then there is no NUL, where sizes and ids are small numbers.
  return (isMessage || isNumber) && head.some(byte => byte < 9);
}

function notAProfile(name: string, head: Buffer): NopsError {
  const what = head.length === 0 ? 'it is empty' : head[0] === 0x7b ? 'it is JSON' : 'it does not begin as one';
  return new NopsError('usage', `${name} is no profile in the pprof format: ${what}`, record);
}

const record = 'nops cpu <pid> -o cpu.pb.gz   records one';

function tooLarge(name: string, bytes: number): NopsError {
  return new NopsError(
    'usage',
    `${name} is larger than the ${formatBytes(maxFileBytes)} that can be shown: ${formatBytes(bytes)}`,
    'Record fewer seconds.',
  );
}
