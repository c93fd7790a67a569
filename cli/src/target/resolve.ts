/** From what the user wrote to what answers. */

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
      return agentAt(context, spec);
  }
}

async function agentAt(context: Context, address: AgentAddress): Promise<Target> {
  const { AgentClient } = await import('../agent/client.js');
  const agent = new AgentClient(address, context.signal);
  return new Target(context, undefined, async () => agent);
}
