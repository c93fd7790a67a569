/** Has processes that do not hear a signal, since their JavaScript runs in circles, do what it says: their agents interrupt them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NopsError } from '@nops/core/protocol/errors';
import { AgentClient } from '../agent/client.js';

/** `pid`: only that one. Resolves when all have answered, or ended. */
export async function endThroughAgents(
  folder: string,
  signal: 'SIGINT' | 'SIGTERM',
  pid: number | undefined,
): Promise<void> {
  const names = readdirSync(folder).filter(name => /^\d+\.agent$/.test(name));
  const asked = pid === undefined ? names : names.filter(name => name === `${pid}.agent`);
  await Promise.all(asked.map(name => end(join(folder, name), signal)));
}

async function end(file: string, signal: string): Promise<void> {
  const { socketPath } = JSON.parse(readFileSync(file, 'utf8')) as { socketPath: string };
  const agent = new AgentClient({ kind: 'unix', path: socketPath }, new AbortController().signal);
  await agent.call('endRun', { signal }).catch((error: unknown) => {
    // It has ended before it could answer, or is stuck in a system call: then only SIGKILL ends it.
    if (!(error instanceof NopsError)) throw error;
  });
}
