/** Who is connected to a Unix socket. */

import { readFileSync } from 'node:fs';
import { until } from './target.js';

/** Resolves when somebody has been connected for a while: a recording is under way. `told`: what to say when it never is. */
export async function connectionStays(socketPath: string, told: () => string): Promise<void> {
  const seen = new Map<string, number>();
  await until(
    () => {
      for (const inode of connectionsTo(socketPath)) seen.set(inode, (seen.get(inode) ?? 0) + 1);
      return [...seen.values()].some(times => times > 20) || undefined;
    },
    () => `a connection that stays; ${told()}`,
  );
}

/** Inodes of the connections that somebody has to this socket: unix(7), state 03 of /proc/net/unix. */
function connectionsTo(socketPath: string): string[] {
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
  const fields = lines.map(line => line.trim().split(/ +/));
  return fields.filter(f => f[5] === '03' && f[7] === socketPath).map(f => f[6] ?? '');
}
