/** From what the user wrote to what answers. */

import { lstatSync } from 'node:fs';
import { NopsError } from '@nops/core/protocol/errors';
import type { AgentAddress } from '../agent/address.js';
import type { Context } from '../context.js';
import { parseTarget } from './parse.js';
import { Target } from './target.js';

/** Throws `usage` for what is no target, `no-target` when nothing is there, `no-permission` when we may not look at it. */
export async function resolveTarget(context: Context, text: string | undefined): Promise<Target> {
  const spec = parseTarget(text ?? '');
  switch (spec.kind) {
    case 'pid':
      return (await import('./by-pid.js')).findByPid(context, spec.pid);
    case 'name': {
      const [{ findByName }, { targetOf }] = await Promise.all([import('./by-name.js'), import('./by-pid.js')]);
      return targetOf(context, findByName(spec.name, context.environment.folder));
    }
    case 'tcp':
      return agentAt(context, { ...spec, token: spec.token ?? context.token });
    case 'unix':
      checkSocketOwner(spec.path);
      return agentAt(context, spec);
  }
}

async function agentAt(context: Context, address: AgentAddress): Promise<Target> {
  const { AgentClient } = await import('../agent/client.js');
  const agent = new AgentClient(address, context.signal);
  return new Target(context, undefined, async () => agent);
}

/**
 * Another user's socket may be there to be mistaken for an agent's, and answers what it likes. Root asks on behalf of every user; a
 * path that is not there or no socket is told about by the request.
 */
function checkSocketOwner(path: string): void {
  const own = process.geteuid?.();
  if (own === undefined || own === 0) return;
  const stats = lstatOrUndefined(path);
  if (stats === undefined || stats.uid === own || stats.uid === 0) return;
  throw new NopsError(
    'no-permission',
    `the socket ${path} belongs to uid ${stats.uid}, you are uid ${own}`,
    `Run nops as the user it belongs to: sudo -u '#${stats.uid}' nops …`,
  );
}

/** undefined also where we may not look: the request meets the same obstacle and tells it. */
function lstatOrUndefined(path: string): ReturnType<typeof lstatSync> {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
