/** The agent of a process of this machine, by its announcement. */

import { findAnnouncement } from '@nops/probe/beside/announcements';
import type { Identity } from '@nops/probe/beside/identity';
import type { UnixAddress } from '../agent/address.js';
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

/**
 * undefined when none announced itself, or nobody listens any more where it did; then stale files are swept away too. Throws `no-permission`
 * when another process listens there.
 */
export async function agentOf(context: Context, identity: Identity): Promise<AgentClient | undefined> {
  const found = await findAgentOf(context, identity);
  if (found?.leased === true) {
    const { holdLease } = await import('../attach/lease.js');
    const release = holdLease(found.agent.address);
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
      import('../agent/dial.js'),
      import('../agent/client.js'),
    ]);
    const address: UnixAddress = { kind: 'unix', path, of: identity };
    if (await isListening(address)) {
      const agent = new AgentClient(address, context.signal);
      return { agent, socketPath: path, leased: found.announcement.leased === true };
    }
  }
  cleanOwnFolders(context.environment.folder);
  return undefined;
}
