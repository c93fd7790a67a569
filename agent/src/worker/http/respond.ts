/** Replies and errors as HTTP. Under /debug/pprof/ they look as Go's do, since pprof's clients depend on it. */

import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { BusyError, busyStatus, httpStatuses, NopsError, toErrorBody } from '@nops/core/protocol/errors';
import { printable, printableExcept, safeJson } from '@nops/core/units/printable';
import type { FileReply, Reply } from '../context.js';

const contentTypes = {
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/** Of texts with several lines; Go's clients want NUL between the arguments of a command line. */
const keptInText = '\n\t\0';

export function sendReply(response: ServerResponse, reply: Reply): void {
  setCommonHeaders(response);
  if (reply.type === 'file') {
    void sendFile(response, reply);
    return;
  }
  if (reply.type === 'stream') {
    sendStream(response, reply.name, reply.chunks);
    return;
  }
  response.setHeader('Content-Type', contentTypes[reply.type]);
  response.end(reply.type === 'json' ? safeJson(reply.value) : printableExcept(reply.text, keptInText));
}

/** What goes wrong after the headers can only be told by breaking off. */
async function sendFile(response: ServerResponse, { contentType, name, body }: FileReply): Promise<void> {
  response.setHeader('Content-Type', contentType);
  if (name !== undefined) response.setHeader('Content-Disposition', `attachment; filename="${name}"`);
  if (body instanceof Promise) response.flushHeaders();
  try {
    response.end(await body);
  } catch {
    response.destroy();
  }
}

function sendStream(response: ServerResponse, name: string, chunks: AsyncGenerator<Uint8Array>): void {
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Disposition', `attachment; filename="${name}"`);
  response.flushHeaders();
  pipeline(Readable.from(chunks, { objectMode: false }), response, () => {});
}

export function sendError(response: ServerResponse, path: string, error: unknown): void {
  const known =
    error instanceof NopsError
      ? error
      : new NopsError('impossible', `the agent failed: ${error instanceof Error ? error.message : String(error)}`);
  const status = error instanceof NopsError ? httpStatuses[known.code] : 500;
  if (known instanceof BusyError) response.setHeader('Retry-After', String(known.retryAfterSeconds));
  sendFailure(response, path, known instanceof BusyError ? busyStatus : status, known);
}

export function sendFailure(response: ServerResponse, path: string, status: number, error: NopsError): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  setCommonHeaders(response);
  response.statusCode = status;
  if (path.startsWith('/debug/pprof/')) {
    response.setHeader('Content-Type', contentTypes.text);
    // The pprof command prints an error's text only with this header.
    response.setHeader('X-Go-Pprof', '1');
    response.end(`${printable(error.message)}\n`);
  } else {
    response.setHeader('Content-Type', contentTypes.json);
    response.end(safeJson(toErrorBody(error)));
  }
}

function setCommonHeaders(response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  response.setHeader('Referrer-Policy', 'no-referrer');
}
