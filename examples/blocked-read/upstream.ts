/** The upstream ("CDN"): answers every request at once, over TLS. */

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { upstreamCert, upstreamKey } from './certs.js';
import { ready } from './lifeline.js';

const item = JSON.stringify({ id: 1, title: 'A story', body: 'x'.repeat(500) });

const server = createServer({ key: upstreamKey(), cert: upstreamCert }, (_request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(item);
});
server.keepAliveTimeout = 60_000;
// As nginx does: a client that has closed gets no TLS alert. Node's would meet a closed socket, whose kernel then answers with a reset
// and forgets the connection, so that the client would show no TIME_WAIT.
server.on('secureConnection', socket => socket.prependListener('end', () => socket.destroy()));
server.listen(0, '127.0.0.1', () => ready({ port: (server.address() as AddressInfo).port }));
