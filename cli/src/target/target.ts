/** A target that was found: a process of this machine, an agent, or both. */

import { NopsError } from '@nops/core/protocol/errors';
import type { Identity } from '@nops/probe/beside/identity';
import type { AgentClient } from '../agent/client.js';
import type { Context } from '../context.js';

/** What answers: at least one of `process` and an agent. */
export interface Target {
  /** Set for a process of this machine that can be looked at from beside. */
  process: Identity | undefined;
  /** The agent that answers in it; looked for once, when first asked. */
  findAgent(): Promise<AgentClient | undefined>;
}

/** Ends a sentence about what an agent would add. */
export const howToGetAgent =
  'load one: nops attach <pid>, or start the process with: node --import @nops/agent/register app.js';

/**
 * The agent; where there is none, one that is attached for this command and detached at its end. `what` begins the sentence that says
 * what can't be had without. Throws `impossible` when none can be attached.
 */
export async function requireAgent(context: Context, target: Target, what: string): Promise<AgentClient> {
  if (target.process === undefined || !context.environment.attach) return runningAgent(target, what);
  const agent = await target.findAgent();
  if (agent !== undefined) return agent;
  const { attachForNow } = await import('../attach/for-now.js');
  return attachForNow(context, target.process, what);
}

/** The agent that is there. Throws `impossible` when there is none, with how to get one. */
export async function runningAgent(target: Target, what: string): Promise<AgentClient> {
  const agent = await target.findAgent();
  if (agent !== undefined) return agent;
  const who = target.process === undefined ? 'the process' : `process ${target.process.pid}`;
  throw new NopsError(
    'impossible',
    `${what} can be had from an agent only, and no agent answers in ${who}`,
    `${howToGetAgent.charAt(0).toUpperCase()}${howToGetAgent.slice(1)}`,
  );
}
