/** A target that was found: a process of this machine, an agent, or both. */

import { NopsError } from '@nops/core/protocol/errors';
import type { Identity } from '@nops/probe/beside/identity';
import type { AgentClient } from '../agent/client.js';

/** What answers: at least one of `process` and an agent. */
export interface Target {
  /** Set for a process of this machine that can be looked at from beside. */
  process: Identity | undefined;
  /** The agent that answers in it; looked for once, when first asked. */
  findAgent(): Promise<AgentClient | undefined>;
}

/** Ends a sentence about what an agent would add. */
export const howToGetAgent = 'start the process with: node --import @nops/agent/register app.js';

/** The agent, or an `impossible` error that says what can't be had without: `what` begins its sentence. */
export async function requireAgent(target: Target, what: string): Promise<AgentClient> {
  const agent = await target.findAgent();
  if (agent !== undefined) return agent;
  const who = target.process === undefined ? 'the process' : `process ${target.process.pid}`;
  throw new NopsError(
    'impossible',
    `${what} can be had from an agent only, and no agent answers in ${who}`,
    `${howToGetAgent.charAt(0).toUpperCase()}${howToGetAgent.slice(1)}`,
  );
}
