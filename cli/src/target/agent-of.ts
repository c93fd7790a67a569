/** The agent of a process of this machine, by its announcement. */

import { findAnnouncement } from '@nops/probe/beside/announcements';
import type { Identity } from '@nops/probe/beside/identity';
import type { AgentClient } from '../agent/client.js';
import type { Context } from '../context.js';
import { cleanOwnFolders } from './own-folders.js';

export interface FoundAgent {
  agent: AgentClient;
  /** As it is reached from here. */
  socketPath: string;
  /** It unloads itself when nobody holds its lease any more. */
  leased: boolean;
}

/** undefined when none announced itself, or nobody listens any more where it did; then stale files are swept away too. */
export async function agentOf(context: Context, identity: Identity): Promise<AgentClient | undefined> {
  const found = await findAgentOf(context, identity);
  if (found?.leased === true) {
    const { holdLease } = await import('../attach/lease.js');
    const release = holdLease(found.socketPath);
    context.atEnd(async () => release());
  }
  return found?.agent;
}

/** The same without taking part in its lease. */
export async function findAgentOf(context: Context, identity: Identity): Promise<FoundAgent | undefined> {
  const found = findAnnouncement(identity, context.environment.folder);
  if (found !== null) {
    const path = found.socketPath;
    const [{ isListening }, { AgentClient }] = await Promise.all([
      import('../agent/listening.js'),
      import('../agent/client.js'),
    ]);
    if (await isListening(path)) {
      const agent = new AgentClient({ kind: 'unix', path }, context.signal, identity.pid);
      return { agent, socketPath: path, leased: found.announcement.leased === true };
    }
  }
  cleanOwnFolders(context.environment.folder);
  return undefined;
}
