/** The agent's HTTP server: one request handler for every listener, with bounds on what a client can hold. */

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { NopsError } from '@nops/core/protocol/errors';
import { BoundConnections } from '@nops/probe/connections/bound-connections';
import type { Shares } from '@nops/probe/connections/room';
import type { Context } from '../context.js';
import { checkRequest, type Policy } from './guard.js';
import { isMeantForUs } from './meant-for.js';
import { type Plain, plainRequest } from './plain-request.js';
import { readBody } from './read-body.js';
import { type Load, route } from './registry.js';
import { sendError, sendFailure, sendReply } from './respond.js';

/** To connect, shake hands for TLS and show the token. */
const provenWithinMs = 3000;

/** Anybody can connect: never more than an eighth of what is free, and none when that is nothing. */
const tcpShares: Shares = {
  provenWithinMs,
  unproven: { share: 1 / 8, min: 0, max: 32 },
  total: { share: 1 / 2, min: 0, max: 128 },
};

/** Only the process's own user can. A few always may: `nops fds` is for processes that have no descriptors left. */
const socketShares: Shares = {
  provenWithinMs,
  unproven: { share: 1 / 4, min: 4, max: 128 },
  total: { share: 1 / 2, min: 8, max: 128 },
};

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
    void serve(request, response, { context, policy: policy(), connections });
  };
  const server =
    tls === null
      ? createServer(bounds, listener)
      : (process.getBuiltinModule('node:https').createServer({ ...bounds, ...tls }, listener) as unknown as Server);
  const connections = new BoundConnections(server, policy().token === null ? socketShares : tcpShares);
  return server;
}

interface Listener {
  context: Context;
  policy: Policy;
  connections: BoundConnections;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { context, policy, connections }: Listener,
): Promise<void> {
  const plain = plainRequest(request);
  const refusal = 'refused' in plain ? undefined : checkRequest(request, policy);
  if ('refused' in plain || refusal !== undefined) {
    if (connections.isUnproven(request.socket)) response.setHeader('Connection', 'close');
    if (refusal?.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="nops", charset="UTF-8"');
  }
  if ('refused' in plain) {
    sendFailure(response, '', 400, new NopsError('usage', plain.refused));
  } else if (refusal !== undefined) {
    sendFailure(response, plain.path, refusal.status, new NopsError('no-permission', refusal.message));
  } else {
    connections.prove(request.socket);
    await dispatch(request, response, plain, context);
  }
}

async function dispatch(
  request: IncomingMessage,
  response: ServerResponse,
  { path: pathname, query }: Plain,
  context: Context,
): Promise<void> {
  if (!isMeantForUs(request, response, pathname, context.start)) return;
  const load = route(request.method ?? '', pathname);
  if (load === undefined) {
    const message = pathname.startsWith('/debug/pprof/') ? 'Unknown profile' : `there is no ${pathname} here`;
    sendFailure(response, pathname, 404, new NopsError('usage', message, 'See /debug/pprof/ for what there is.'));
  } else if (load === 'variant') {
    sendFailure(response, pathname, 400, new NopsError('usage', `${pathname} is not how this path is spelled`));
  } else if (typeof load !== 'function') {
    response.setHeader('Allow', load.allow);
    sendFailure(
      response,
      pathname,
      405,
      new NopsError('usage', `${pathname} takes ${load.allow}, not ${request.method}`),
    );
  } else {
    await answer(request, response, { load, pathname, searchParams: new URLSearchParams(query), context });
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
