/** A process of this machine by its pid, checked to be one that nops can look at. */

import { NopsError } from '@nops/core/protocol/errors';
import { type Identity, readIdentity } from '@nops/probe/beside/identity';
import { isNode } from '@nops/probe/beside/is-node';
import { noPermission, readStat } from '@nops/probe/beside/procfs';
import type { AgentClient } from '../agent/client.js';
import type { Context } from '../context.js';
import { Target } from './target.js';

/** Throws `no-target` when it is gone or no Node process, `no-permission` when we may neither read it nor ask its agent. */
export async function findByPid(context: Context, pid: number): Promise<Target> {
  const { state, comm } = readStat(pid);
  if (state === 'Z' || state === 'X') {
    throw new NopsError('no-target', `process ${pid} has ended; only its parent still knows of it (zombie)`, listThem);
  }
  const verdict = isNode(pid);
  if (verdict === false) {
    throw new NopsError('no-target', `process ${pid} (${comm}) is not a Node.js process`, listThem);
  }
  const identity = readIdentity(pid);
  if (verdict === true) return targetOf(context, identity);
  const agent = await agentOf(context, identity);
  if (agent === undefined) throw noPermission(pid, 'exe');
  return new Target(context, undefined, async () => agent);
}

export function targetOf(context: Context, identity: Identity): Target {
  return new Target(context, identity, () => agentOf(context, identity));
}

async function agentOf(context: Context, identity: Identity): Promise<AgentClient | undefined> {
  return (await import('./agent-of.js')).agentOf(context, identity);
}

const listThem = 'nops   lists the Node.js processes';
