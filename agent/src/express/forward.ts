/** Passes a request on to the agent's worker over its socket. Every one has a deadline, and there are only so many at a time. */

import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { ownDescriptorLimit } from '@nops/probe/beside/own-descriptors';
import type { AppRequest } from './admit.js';
import { readBody } from './read-body.js';
import { refuse } from './refuse.js';

export interface Asked {
  method: 'GET' | 'POST';
  target: string;
  /** What it measures. */
  seconds: number;
}

/** Besides what is measured: an answer, or more of one, comes within this time. What measures by default takes half of it. */
const patienceMs = 60_000;
/** The longest that an endpoint measures. */
const maxSeconds = 300;
/** About this connection, not about the answer. */
const ofConnection = ['connection', 'keep-alive', 'transfer-encoding'];

/** Each takes a descriptor at both ends. */
const mostUnderWay = Math.min(64, Math.max(2, Math.floor(ownDescriptorLimit() / 16)));
let underWay = 0;

/** Never throws, and always answers, or ends the connection of an answer that has begun. */
export async function forward(
  request: AppRequest,
  response: ServerResponse,
  asked: Asked,
  agent: string,
): Promise<void> {
  if (underWay >= mostUnderWay) {
    refuse(response, 429, `${mostUnderWay} requests to nops are under way already`, { 'Retry-After': '1' });
    return;
  }
  underWay += 1;
  try {
    const body = asked.method === 'POST' ? await readBody(request) : Buffer.alloc(0);
    if (body === undefined || response.destroyed) return;
    if ('status' in body) return refuse(response, body.status, body.message);
    await exchange(request, response, asked, body, agent);
  } finally {
    underWay -= 1;
  }
}

function exchange(
  { headers }: AppRequest,
  response: ServerResponse,
  { method, target, seconds }: Asked,
  body: Buffer,
  socketPath: string,
): Promise<void> {
  return new Promise(resolve => {
    const type = headers['content-type'];
    const passed = httpRequest({
      socketPath,
      path: target,
      method,
      agent: false,
      // Nothing at all for so long: neither a connection, nor the beginning of an answer, nor more of it.
      timeout: Math.min(seconds, maxSeconds) * 1000 + patienceMs,
      headers: {
        host: 'localhost',
        ...(method === 'POST' ? { 'content-length': body.length } : {}),
        ...(method === 'POST' && type !== undefined ? { 'content-type': type } : {}),
      },
    });
    passed.on('timeout', () => passed.destroy(new Error('it took too long')));
    passed.on('response', answer => send(answer, response, passed));
    passed.on('error', error => refuse(response, 502, `the nops agent did not answer: ${error.message}`));
    passed.on('close', resolve);
    // A client that leaves ends the profile that it asked for.
    response.on('close', () => passed.destroy());
    passed.end(body);
  });
}

function send(answer: IncomingMessage, response: ServerResponse, passed: ClientRequest): void {
  if (response.headersSent) {
    // The app has answered meanwhile, by a timeout of its own.
    passed.destroy();
    return;
  }
  const headers = Object.entries(answer.headers).filter(([name]) => !ofConnection.includes(name));
  response.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers));
  // A profile's headers come long before it.
  response.flushHeaders();
  pipeline(answer, response, () => passed.destroy());
}
