/** The agent's HTTP server: one request handler for every listener, with bounds on what a client can hold. */

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { NopsError } from '@nops/core/protocol/errors';
import type { Context } from '../context.js';
import { checkRequest, type Policy } from './guard.js';
import { type Load, route } from './registry.js';
import { sendError, sendFailure, sendReply } from './respond.js';

const maxConnections = 128;
const maxBodyBytes = 64 * 1024;
const bounds = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16 * 1024,
};

/** A server that is not listening yet. `policy` is read for each request: a port is known only once it listens. */
export async function createAgentServer(
  context: Context,
  policy: () => Policy,
  tls: { key: string; cert: string } | null,
): Promise<Server> {
  const listener: RequestListener = (request, response) => {
    void serve(request, response, context, policy());
  };
  const server =
    tls === null
      ? createServer(bounds, listener)
      : ((await import('node:https')).createServer({ ...bounds, ...tls }, listener) as unknown as Server);
  server.maxConnections = maxConnections;
  return server;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
  policy: Policy,
): Promise<void> {
  const { pathname, searchParams } = parseUrl(request.url);
  const refusal = checkRequest(request, policy);
  if (refusal !== undefined) {
    if (refusal.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="nops", charset="UTF-8"');
    sendFailure(response, pathname, refusal.status, new NopsError('no-permission', refusal.message));
    return;
  }
  const load = route(request.method ?? '', pathname);
  if (load === undefined) {
    const message = pathname.startsWith('/debug/pprof/') ? 'Unknown profile' : `there is no ${pathname} here`;
    sendFailure(response, pathname, 404, new NopsError('usage', message, 'See /debug/pprof/ for what there is.'));
  } else if (typeof load !== 'function') {
    response.setHeader('Allow', load.allow);
    sendFailure(
      response,
      pathname,
      405,
      new NopsError('usage', `${pathname} takes ${load.allow}, not ${request.method}`),
    );
  } else {
    await answer(request, response, { load, pathname, searchParams, context });
  }
}

interface Work {
  load: Load;
  pathname: string;
  searchParams: URLSearchParams;
  context: Context;
}

async function answer(request: IncomingMessage, response: ServerResponse, work: Work): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  try {
    const body = await readBody(request);
    const asked = { path: work.pathname, params: work.searchParams, body, signal: left.signal };
    const handler = await work.load();
    sendReply(response, await handler(asked, work.context));
  } catch (error) {
    sendError(response, work.pathname, error);
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new NopsError('usage', `the body is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseUrl(url: string | undefined): { pathname: string; searchParams: URLSearchParams } {
  try {
    return new URL(url ?? '/', 'http://agent');
  } catch {
    return { pathname: '/', searchParams: new URLSearchParams() };
  }
}
