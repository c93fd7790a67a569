/**
 * Which way an answer is got: beside the process when it can be read there, from its agent when there is one. A result that had to
 * fall back says so in its notes.
 */

import { NopsError } from '@nops/core/protocol/errors';
import type { AnswerOf } from '@nops/core/protocol/schemas/answers';
import type { Identity } from '@nops/probe/beside/identity';
import type { AgentClient } from './agent/client.js';
import type { Context } from './context.js';
import type { Found } from './target/found.js';

/** How long an agent may take beyond the time that it measures. */
const answerMs = 5_000;

/** For what /proc tells as well as the agent: asks the agent only when /proc can't be read. */
export async function besideElseAgent<Result extends { notes: string[] }>(
  target: Found,
  beside: (pid: number) => Result | Promise<Result>,
  ask: (agent: AgentClient) => Promise<Result>,
): Promise<Result> {
  if (target.process === undefined) return ask(await target.runningAgent('This'));
  try {
    return await beside(target.process.pid);
  } catch (error) {
    if (!(error instanceof NopsError) || error.code !== 'no-permission') throw error;
    const agent = await target.findAgent();
    if (agent === undefined) throw error;
    return withNote(await ask(agent), `Asked the agent, because beside: ${error.message}`);
  }
}

/** For what the agent knows better: reads beside when there is none, or when it does not answer in time. */
export async function agentElseBeside<Result extends { notes: string[] }>(
  target: Found,
  ask: (agent: AgentClient) => Promise<Result>,
  beside: (process: Identity) => Promise<Result>,
): Promise<Result> {
  if (target.process === undefined) return ask(await target.runningAgent('This'));
  const agent = await target.findAgent();
  if (agent === undefined) return beside(target.process);
  try {
    return await ask(agent);
  } catch (error) {
    if (!(error instanceof NopsError) || error.code !== 'no-answer') throw error;
    return withNote(
      await orInstead(beside(target.process), error),
      `Read beside, because of the agent: ${error.message}`,
    );
  }
}

/** Where there is no right to look from beside, why the agent did not answer is what to tell. */
async function orInstead<Result>(answer: Promise<Result>, instead: NopsError): Promise<Result> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof NopsError && error.code === 'no-permission' ? instead : error;
  }
}

/** What the agent measures over some seconds, with a progress bar meanwhile. */
export async function measureByAgent<Name extends 'stats' | 'pools'>(
  context: Context,
  agent: AgentClient,
  name: Name,
  seconds: number,
  params: Record<string, number> = {},
  patienceMs = answerMs,
): Promise<AnswerOf<Name>> {
  const progress = context.progress('measuring', seconds * 1000);
  try {
    return await agent.call(name, { seconds, ...params }, { deadlineMs: seconds * 1000 + patienceMs });
  } finally {
    progress.stop();
  }
}

function withNote<Result extends { notes: string[] }>(result: Result, note: string): Result {
  return { ...result, notes: [...result.notes, note] };
}
