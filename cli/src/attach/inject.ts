/** Loads the agent into a process that nobody prepared, through its inspector, which is opened for that and closed again. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import type { Identity } from '@nops/probe/beside/identity';
import { evaluate, withDeadline } from '@nops/probe/through/inspector-channel';
import { openInspector } from '@nops/probe/through/open-inspector';
import type { AgentClient } from '../agent/client.js';
import type { Context } from '../context.js';
import { packageFolder } from '../package-folder.js';
import { agentOf } from '../target/agent-of.js';

export interface Injected {
  agent: AgentClient;
  version: string | null;
  socketPath: string;
  already: boolean;
}

/** What the injected text answers: agent/src/attach.ts. */
type Answer = { socketPath: string; version: string | null; already: boolean } | { failure: string; next?: string };

/** Compiling and running half a megabyte of script in a process that is busy. */
const evaluateMs = 15_000;
/** Until the agent's worker has come up; it does not wait for the main thread. */
const readyMs = 15_000;
const pollMs = 20;

/** Throws what `openInspector` throws, `impossible` when the process won't have an agent, `no-answer`. */
export async function inject(context: Context, identity: Identity): Promise<Injected> {
  const expression = `(${readAgent()})(${JSON.stringify(optionsOf(context))})`;
  const inspector = await openInspector(identity.pid);
  let answer: Answer;
  try {
    answer = await withDeadline(evaluate<Answer>(inspector.channel, expression), evaluateMs, 'to load the agent');
  } finally {
    await inspector.close();
  }
  if ('failure' in answer) throw new NopsError('impossible', answer.failure, answer.next);
  return { ...answer, agent: await waitForAgent(context, identity) };
}

function optionsOf({ environment: { folder } }: Context): { folder?: string } {
  return folder === undefined ? {} : { folder };
}

/** Built from the agent's sources into this package: scripts/setup/build-attach.mjs. */
function readAgent(): string {
  try {
    return readFileSync(new URL('agent/attach.js', packageFolder), 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('impossible', `the agent to inject is not built: ${why}`, 'npm run setup   builds it');
  }
}

async function waitForAgent(context: Context, identity: Identity): Promise<AgentClient> {
  const deadline = performance.now() + readyMs;
  while (performance.now() < deadline) {
    const agent = await agentOf(context, identity);
    if (agent !== undefined) return agent;
    await sleep(pollMs, undefined, { signal: context.signal });
  }
  throw new NopsError(
    'no-answer',
    `the agent was loaded, but did not answer within ${readyMs} ms`,
    'nops stack <target>   shows what its threads do; nops attach again asks anew',
  );
}
