/** Opens the agent's listeners: always the unix socket, in a private folder that is there, and TCP when asked. */

import { chmodSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import { isIP, isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { WorkerStart } from '../../messages/shared.js';
import type { Context } from '../context.js';
import type { Policy } from './guard.js';
import { createAgentServer } from './server.js';

/** Until the mode is set, the folder's own keeps others out. A worker thread can't use umask. */
export async function listenOnSocket(context: Context): Promise<Server> {
  const { socketPath } = context.start;
  const policy: Policy = { hosts: new Set(['localhost', 'nops']), origins: new Set(), token: null };
  rmSync(socketPath, { force: true });
  const server = await createAgentServer(context, () => policy, null);
  await listen(server, { path: socketPath });
  chmodSync(socketPath, 0o600);
  return server;
}

/** Listens on TCP and gives the address with its token. */
export async function listenOnTcp(
  context: Context,
  tcp: NonNullable<WorkerStart['tcp']>,
): Promise<{ server: Server; url: string }> {
  if (!Number.isInteger(tcp.port) || tcp.port < 0 || tcp.port > 65535)
    throw new Error('the TCP port must be a whole number from 0 to 65535');
  if (!isLoopback(tcp.host) && tcp.tls === null) {
    throw new Error(
      `it will not listen on ${tcp.host} without TLS: what a profile shows and the token would cross the network in clear. Use 127.0.0.1, or give tls: { key, cert }.`,
    );
  }
  let policy: Policy = { hosts: new Set(), origins: new Set(), token: context.start.token };
  const server = await createAgentServer(context, () => policy, tcp.tls);
  await listen(server, { host: tcp.host, port: tcp.port, exclusive: true });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : tcp.port;
  const scheme = tcp.tls === null ? 'http' : 'https';
  const hosts = hostNames(tcp.host).map(name => `${name}:${port}`);
  policy = {
    hosts: new Set(hosts),
    origins: new Set(hosts.map(host => `${scheme}://${host}`)),
    token: context.start.token,
  };
  return { server, url: `${scheme}://nops:${context.start.token}@${hosts[0]}` };
}

function listen(server: Server, at: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, () => {
      server.off('error', reject);
      // A later error of a listener must not end the worker.
      server.on('error', () => {});
      resolve();
    });
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The names a client may use for a listener on `host`, the best one first. */
function hostNames(host: string): string[] {
  if (host === '0.0.0.0' || host === '::') {
    const addresses = Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(entry => entry.address));
    return [hostname().toLowerCase(), 'localhost', ...addresses.map(bracket)];
  }
  return isLoopback(host) ? [bracket(host), 'localhost'] : [bracket(host.toLowerCase())];
}

function bracket(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
