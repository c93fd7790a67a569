/**
 * `@nops/agent/express`: the agent's endpoints under a path of the app's own server, behind the app's own authentication. A plain
 * `(req, res, next)` handler: for Express 4 and 5, Connect, or a bare `node:http` server; it depends on none of them.
 *
 *   app.use('/internal', requireAdmin, nops());      →  GET /internal/debug/pprof/profile?seconds=5
 *
 * It passes requests on to the agent's worker over its socket. The request itself runs through the app's thread, so while that is stuck
 * only the agent's own listeners answer.
 */

import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { printable } from '@nops/core/units/printable';
import { start } from './main/start.js';
import type { StartOptions } from './options.js';

type Next = (error?: unknown) => void;

export type Handler = (request: IncomingMessage, response: ServerResponse, next?: Next) => void;

const prefix = '/debug/';
/** As the agent has it. */
const maxBodyBytes = 64 * 1024;

/** The handler; it starts the agent unless it runs already. What is not the agent's goes on to `next`, or is a 404 without one. */
export function nops(options: StartOptions = {}): Handler {
  const agent = start(options);
  return (request, response, next) => {
    if (!request.url?.startsWith(prefix)) {
      if (next !== undefined) next();
      else refuse(response, 404, 'not found');
    } else if (comesFromElsewhere(request)) {
      refuse(response, 403, 'other sites’ pages may not ask this process');
    } else {
      void agent.ready.then(() => {
        if (agent.failure === undefined) forward(request, response, agent.socketPath);
        else refuse(response, 503, `the nops agent does not run: ${agent.failure}`);
      });
    }
  };
}

function forward(request: IncomingMessage, response: ServerResponse, socketPath: string): void {
  const { 'content-type': contentType, 'content-length': contentLength } = request.headers;
  const passed = httpRequest({
    socketPath,
    path: request.url,
    method: request.method,
    agent: false,
    headers: {
      host: 'localhost',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(contentLength === undefined ? {} : { 'content-length': contentLength }),
    },
  });
  passed.on('response', answer => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    // A profile's headers come long before it.
    response.flushHeaders();
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  passed.on('error', error => refuse(response, 502, `the nops agent did not answer: ${error.message}`));
  // A client that leaves ends the profile that it asked for.
  response.on('close', () => passed.destroy());
  sendBody(request, passed, () => refuse(response, 400, `the body is larger than ${maxBodyBytes} bytes`));
}

/**
 * The body, in one piece: the agent may have answered and hung up when the end of one that is sent piece by piece is written. When a parser of
 * the app (`express.json()`) has read it already, it is what that made of it.
 */
function sendBody(
  request: IncomingMessage & { body?: unknown },
  passed: ReturnType<typeof httpRequest>,
  tooLarge: () => void,
): void {
  if (!request.readableEnded) {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBodyBytes) chunks.push(chunk);
    });
    request.on('end', () => {
      if (bytes <= maxBodyBytes) passed.end(Buffer.concat(chunks));
      else tooLarge();
    });
  } else if (request.body !== undefined && request.method === 'POST') {
    const body = JSON.stringify(request.body);
    passed.setHeader('content-length', Buffer.byteLength(body));
    passed.end(body);
  } else {
    passed.end();
  }
}

/** The app's authentication may be a cookie, which a browser sends with other sites' requests as well. */
function comesFromElsewhere({ headers }: IncomingMessage): boolean {
  if (headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site') return true;
  if (headers.origin === undefined) return false;
  try {
    return new URL(headers.origin).host !== headers.host;
  } catch {
    return true;
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.end(`${printable(message)}\n`);
}
