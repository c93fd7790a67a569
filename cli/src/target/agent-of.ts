/** The agent of a process of this machine, by its announcement. */

import { findAnnouncement } from '@nops/probe/beside/announcements';
import type { Identity } from '@nops/probe/beside/identity';
import type { AgentClient } from '../agent/client.js';
import type { Context } from '../context.js';
import { cleanOwnFolders } from './own-folders.js';

/** undefined when none announced itself, or nobody listens any more where it did; then stale files are swept away too. */
export async function agentOf(context: Context, identity: Identity): Promise<AgentClient | undefined> {
  const found = findAnnouncement(identity, context.environment.folder);
  if (found !== null) {
    const path = found.socketPath;
    const [{ isListening }, { AgentClient }] = await Promise.all([
      import('../agent/listening.js'),
      import('../agent/client.js'),
    ]);
    if (await isListening(path)) return new AgentClient({ kind: 'unix', path }, context.signal, identity.pid);
  }
  cleanOwnFolders(context.environment.folder);
  return undefined;
}
