/** Loads the agent into a process that nobody prepared, through its inspector, which is opened for that and closed again. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { type AttachAnswer, type AttachOptions, hostSymbolName } from '@nops/core/protocol/injection';
import type { Identity } from '@nops/probe/beside/identity';
import { readStat } from '@nops/probe/beside/procfs';
import { evaluate, type InspectorChannel, withDeadline } from '@nops/probe/through/inspector-channel';
import { openInspector } from '@nops/probe/through/open-inspector';
import type { AgentClient } from '../agent/client.js';
import type { Context } from '../context.js';
import { packageFolder } from '../package-folder.js';
import { type FoundAgent, findAgentOf } from '../target/agent-of.js';
import { inspectorOptions } from './inspector-options.js';

export interface Injected {
  agent: AgentClient;
  version: string | null;
  /** As the process sees it. */
  socketPath: string;
  /** As it is reached from here: to hold its lease at, within 5 seconds (agent/src/worker/lease.ts). */
  reachedAt: string;
  already: boolean;
  /** Where the inspector listened that was opened for it; undefined when one was open anyway. */
  inspectorPort: number | undefined;
}

/** Compiling and running half a megabyte of script in a process that is busy. */
const evaluateMs = 8000;
/** Until the agent's worker has come up; it does not wait for the main thread. */
const readyMs = 8000;
/** The same where it has been up before. */
const alreadyReadyMs = 3000;
const pollMs = 20;
const againMs = 3;
/** After this an agent is loaded also amid code of Node's own, but never while Node loads one of its modules. */
const politeMs = 2000;
const closeAgent = `void globalThis[Symbol.for('${hostSymbolName}')]?.agent?.close()`;

/** Throws what `openInspector` throws, `impossible` when the process won't have an agent, `no-answer`. */
export async function inject(context: Context, identity: Identity): Promise<Injected> {
  const inspector = await openInspector(identity.pid, inspectorOptions(context));
  let answer: AttachAnswer;
  try {
    answer = await load(inspector.channel, optionsOf(context));
  } finally {
    await inspector.close({ keepFolder: true });
  }
  if ('failure' in answer) throw new NopsError('impossible', answer.failure, answer.next);
  try {
    const { agent, socketPath: reachedAt } = await waitForAgent(context, identity, answer);
    return { ...answer, agent, reachedAt, inspectorPort: inspector.isOurs ? inspector.port : undefined };
  } catch (error) {
    if (!answer.already) await takeAway(context, identity.pid);
    throw error;
  }
}

/** An agent that we loaded and can't reach is not left there. */
async function takeAway(context: Context, pid: number): Promise<void> {
  const inspector = await openInspector(pid, inspectorOptions(context));
  try {
    await withDeadline(evaluate(inspector.channel, closeAgent), evaluateMs, 'to unload the agent');
  } finally {
    await inspector.close();
  }
}

/** Asks again while Node's own code is being interrupted; for long so only where that never ends. */
async function load(channel: InspectorChannel, options: AttachOptions): Promise<AttachAnswer> {
  const text = readAgent();
  const began = performance.now();
  for (;;) {
    const elapsedMs = performance.now() - began;
    const given = JSON.stringify(elapsedMs < politeMs ? options : { ...options, anyway: true });
    const asked = evaluate<unknown>(channel, `(${text})(${given})`);
    const answer = parseAnswer(await withDeadline(asked, evaluateMs, 'to load the agent'));
    if (!('failure' in answer) || answer.again !== true || elapsedMs > evaluateMs) return answer;
    await sleep(againMs);
  }
}

/** Throws `impossible` for what is no answer of the agent's. */
function parseAnswer(value: unknown): AttachAnswer {
  const { failure, next, again, socketPath, version, already } = (
    typeof value === 'object' && value !== null ? value : {}
  ) as Record<string, unknown>;
  if (typeof failure === 'string') {
    return {
      failure,
      ...(typeof next === 'string' ? { next } : {}),
      ...(again === true ? { again } : {}),
    };
  }
  const isVersion = version === null || typeof version === 'string';
  if (typeof socketPath === 'string' && typeof already === 'boolean' && isVersion)
    return { socketPath, version, already };
  throw new NopsError(
    'impossible',
    'what the process answered to the agent that was loaded is malformed: it must name a socketPath, a version and whether there was one already',
    'See what listens there: nops sockets <target>',
  );
}

function optionsOf({ environment: { folder } }: Context): AttachOptions {
  return { leased: true, ...(folder === undefined ? {} : { folder }) };
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

async function waitForAgent(
  context: Context,
  identity: Identity,
  { already, socketPath }: { already: boolean; socketPath: string },
): Promise<FoundAgent> {
  const waitMs = already ? alreadyReadyMs : readyMs;
  const deadline = performance.now() + waitMs;
  while (performance.now() < deadline) {
    const found = await findAgentOf(context, identity);
    if (found !== undefined) return found;
    readStat(identity.pid); // it may have ended: that throws
    await sleep(pollMs, undefined, { signal: context.signal });
  }
  if (already) throw outOfReach(identity.pid, socketPath);
  throw new NopsError(
    'no-answer',
    `the agent was loaded, but did not answer within ${waitMs} ms`,
    'nops stack <target>   shows what its threads do; nops attach again asks anew',
  );
}

/** As when something cleans the folder for temporary files. It may be the app's own, with a listener elsewhere: it is left to its user. */
function outOfReach(pid: number, socketPath: string): NopsError {
  return new NopsError(
    'no-answer',
    `process ${pid} has an agent, but its socket ${socketPath}, or the file beside it, is gone`,
    `nops eval ${pid} "${closeAgent}" --run-in-process   unloads it; then nops attach ${pid} loads another`,
  );
}
