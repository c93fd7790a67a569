/** The file of a profile or a heap snapshot, or standard input, as it will be served: not too large, and of a format that the page reads. */

import { closeSync, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { constants, gunzipSync } from 'node:zlib';
import { type FileKind, fileKind, headBytes } from '@nops/core/profile/formats/file-kind';
import { NopsError } from '@nops/core/protocol/errors';
import { formatBytes } from '@nops/core/units/format';

/** The page's bound too (ui/src/worker/read-store.ts). */
const maxFileBytes = 1024 ** 3;
const chunkBytes = 1024 ** 2;
const standardInput = 0;

/** `-` is standard input. Throws a `usage` error that says what the file is instead. */
export async function readProfileFile(path: string, signal: AbortSignal): Promise<{ bytes: Buffer; kind: FileKind }> {
  const name = path === '-' ? 'standard input' : path;
  const bytes = await readBounded(path, name, signal);
  const isGzip = fileKind(bytes.subarray(0, headBytes)) === 'gzip';
  const head = isGzip ? unpackHead(bytes, name) : bytes.subarray(0, headBytes);
  const kind = fileKind(head);
  if (kind === undefined) throw notAProfile(name, head);
  return { bytes, kind };
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

function notAProfile(name: string, head: Buffer): NopsError {
  const what = head.length === 0 ? 'it is empty' : 'it begins like none of the formats that are known';
  return new NopsError('usage', `${name} is no profile: ${what}`, record);
}

const record = 'nops cpu <pid> -o cpu.pb.gz   records one';

function tooLarge(name: string, bytes: number): NopsError {
  return new NopsError(
    'usage',
    `${name} is larger than the ${formatBytes(maxFileBytes)} that can be shown: ${formatBytes(bytes)}`,
    'Record fewer seconds.',
  );
}
