/**
 * The service that goes wrong. It is an ordinary Express app; nothing in it knows of nops, whose agent is preloaded.
 *
 *   GET /feed     asks the upstream through a pool that keeps one idle connection: nearly every request pays a TLS handshake
 *   GET /report   reads a line from a FIFO, synchronously: while its writer stalls, the whole process stops in read(2)
 *
 * Environment: UPSTREAM_PORT, REPORT_FIFO.
 */

import { openSync, readSync } from 'node:fs';
import { Agent, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { upstreamCert } from './certs.js';
import { ready } from './lifeline.js';

const upstreamPort = Number(process.env['UPSTREAM_PORT']);
const fifo = process.env['REPORT_FIFO'];

/**
 * The mistake is `maxFreeSockets`: with a hundred requests at once, ninety-nine connections are closed after one use. Sessions are not
 * cached, since a CDN's many machines seldom know each other's.
 */
const pool = new Agent({ keepAlive: true, maxFreeSockets: 1, maxCachedSessions: 0, ca: upstreamCert });

const app = express();

app.get('/feed', async (_request, response) => {
  response.json({ items: [await fetchItem()] });
});

let report: number | undefined;

app.get('/report', (_request, response) => {
  report ??= openSync(fifo ?? '', 'r');
  response.json({ report: readReport(report) });
});

function fetchItem(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = get({ host: 'localhost', port: upstreamPort, path: '/item', agent: pool }, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', chunk => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text)));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

/** Every line of the FIFO has the same length, so one read gives one line. */
function readReport(fd: number): string {
  const line = Buffer.alloc(64);
  const bytes = readSync(fd, line);
  return line.toString('utf8', 0, bytes).trim();
}

const server = app.listen(0, '127.0.0.1', () => ready({ port: (server.address() as AddressInfo).port }));
