/** The body of a request to the app's server, of which a parser of the app may have made something already. */

import type { AppRequest } from './admit.js';

/** As the agent has it. */
const maxBodyBytes = 64 * 1024;
const readWithinMs = 10_000;

export interface Refused {
  status: number;
  message: string;
}

const tooLarge: Refused = { status: 413, message: `the body is larger than ${maxBodyBytes} bytes` };
const late: Refused = { status: 408, message: `the body did not come within ${readWithinMs / 1000} s` };
const taken: Refused = {
  status: 400,
  message: 'the app has read this body: send it as application/json, or put nops() in front of what reads it',
};

/** Always settles; undefined: the client has left. */
export function readBody(request: AppRequest): Promise<Buffer | Refused | undefined> {
  if (hasNone(request)) return Promise.resolve(Buffer.alloc(0));
  return isTouched(request) ? parsedBody(request) : collect(request);
}

function hasNone({ headers }: AppRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}

function isTouched(request: AppRequest): boolean {
  return request.readableDidRead || request.readableEnded || request.destroyed;
}

/** What is left of it as the app's parser has it: a text or bytes as they came, an object of what was JSON. */
async function parsedBody({ body, headers }: AppRequest): Promise<Buffer | Refused> {
  const bytes = bytesOf(body, headers['content-type'] ?? '');
  if (bytes === undefined) return taken;
  return bytes.length <= maxBodyBytes ? bytes : tooLarge;
}

function bytesOf(body: unknown, contentType: string): Buffer | undefined {
  if (body instanceof Uint8Array) return Buffer.from(body);
  if (typeof body === 'string') return Buffer.from(body);
  const isJson = /^application\/json\b/i.test(contentType);
  return body === undefined || !isJson ? undefined : Buffer.from(JSON.stringify(body));
}

function collect(request: AppRequest): Promise<Buffer | Refused | undefined> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => resolve(late), readWithinMs);
    const end = (result: Buffer | Refused | undefined) => {
      clearTimeout(timer);
      resolve(result);
    };
    request.on('data', (chunk: Buffer | string) => {
      bytes += chunk.length;
      if (bytes <= maxBodyBytes) chunks.push(Buffer.from(chunk));
      else end(tooLarge);
    });
    request.on('end', () => end(Buffer.concat(chunks)));
    request.on('error', () => end(undefined));
    request.on('close', () => end(undefined));
    // Also where the app has paused it.
    request.resume();
  });
}
