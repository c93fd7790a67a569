/** The body of a request, bounded. The server's requestTimeout bounds how long it may take. */

import type { IncomingMessage } from 'node:http';
import { NopsError } from '@nops/core/protocol/errors';

const maxBodyBytes = 64 * 1024;

/**
 * Rejects with a `usage` error as soon as there is too much of it. The request is not destroyed then, unlike by `for await`: the answer goes out on
 * the same socket.
 */
export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
      else reject(new NopsError('usage', `the body is larger than ${maxBodyBytes} bytes`));
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client left')));
  });
}
