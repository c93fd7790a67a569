/** A file or standard input as bytes, bounded. */

import { createReadStream } from 'node:fs';
import { NopsError } from '@nops/core/protocol/errors';
import { formatBytes } from '@nops/core/units/format';

const maxFileBytes = 512 * 1024 ** 2;

/** `-` is standard input. Throws `usage` for what can't be read or is too large. */
export async function readBytes(path: string, signal: AbortSignal): Promise<Buffer> {
  const stream = path === '-' ? process.stdin : createReadStream(path, { signal });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxFileBytes)
        throw new NopsError('usage', `${path} is larger than ${formatBytes(maxFileBytes)}`, 'Record fewer seconds.');
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NopsError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('usage', `can't read ${path}: ${why}`, 'Name another file.');
  }
  return Buffer.concat(chunks);
}
