/** The server under load: `bare` (node:http) or `express`. Tells its port, and its CPU time and memory when asked. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';

function listen(kind: string): Server {
  if (kind === 'express') {
    const app = express();
    app.get('/', (_request, response) => {
      response.json({ hello: 'world' });
    });
    return app.listen(0, '127.0.0.1', told);
  }
  return createServer((_request, response) => response.end('{"hello":"world"}')).listen(0, '127.0.0.1', told);
}

const server = listen(process.argv[2] ?? 'bare');

function told(): void {
  process.send?.({ port: (server.address() as AddressInfo).port });
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system, rssBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit(0));
