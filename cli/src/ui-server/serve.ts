/** The server of one run of `nops ui`: on loopback only, bounded, ended by the signal. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NopsError } from '@nops/core/protocol/errors';
import { BoundConnections } from '@nops/probe/connections/bound-connections';
import type { Shares } from '@nops/probe/connections/room';
import { createApp, type Served } from './app.js';
import { readAssets } from './assets.js';
import { Session } from './guard.js';

export interface Serving {
  /** To be printed: with the token that may be traded again. */
  url: string;
  /** For the command line of a browser: works once, and soon. */
  urlForOnce(): string;
}

const loopback = '127.0.0.1';
const requestMs = 30_000;
/**
 * Any user of the machine can connect. A browser opens six connections, and loads the page before it has the cookie: over a slow tunnel that
 * takes seconds.
 */
const shares: Shares = {
  provenWithinMs: requestMs,
  unproven: { share: 1 / 4, min: 4, max: 256 },
  total: { share: 1 / 2, min: 8, max: 512 },
};

/** Serves until `signal` aborts. Port 0: any free one. Throws `usage` when the port can't be had. */
export async function serve(served: Served, port: number, signal: AbortSignal): Promise<Serving> {
  const assets = readAssets();
  const server = createServer({ requestTimeout: requestMs, headersTimeout: requestMs, maxHeaderSize: 16_384 });
  const connections = new BoundConnections(server, shares);
  const actual = await listen(server, port);
  const session = new Session(actual);
  server.on(
    'request',
    createApp(session, assets, served, { port: actual, prove: socket => connections.prove(socket) }),
  );
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
  const urlWith = (token: string) => `http://${loopback}:${actual}/#token=${token}`;
  return { url: urlWith(session.token), urlForOnce: () => urlWith(session.newTokenForOnce()) };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'something listens there already' : error.message;
      reject(new NopsError('usage', `port ${port} can't be used: ${why}`, 'Leave out --port to get a free one.'));
    });
    server.listen(port, loopback, () => resolve((server.address() as AddressInfo).port));
  });
}
