/** Puts together what `nops <pid>` tells: /proc's part, the agent's, and what each way reaches. */

import { NopsError } from '@nops/core/protocol/errors';
import type { InfoPulse, InfoUsage } from '@nops/core/protocol/info-parts';
import type { InfoResult, StatsResult } from '@nops/core/protocol/results';
import { canSeeMemory } from '@nops/probe/beside/access';
import type { AgentClient } from '../agent/client.js';
import type { Context } from '../context.js';
import type { Found } from '../target/found.js';
import { measureByAgent } from '../ways.js';
import { reachOf } from './reach.js';

/** `seconds` to measure; undefined: only what is known at once. */
export async function inform(context: Context, target: Found, seconds: number | undefined): Promise<InfoResult> {
  const agent = target.process === undefined ? await target.runningAgent('This') : await target.findAgent();
  const measuring = seconds === undefined ? undefined : measure(context, target, agent, seconds);
  measuring?.catch(() => {});
  const [told, seen] = await Promise.all([
    agent === undefined ? undefined : askAgent(agent, target.process?.pid),
    besideOf(target),
  ]);
  const answer = told instanceof NopsError ? undefined : told;
  const trouble = told instanceof NopsError ? told.message : undefined;
  const result = join(answer, seen);
  const measured = await measuring;
  return {
    ...result,
    ...(answer === undefined ? {} : { name: result.name ?? target.process?.name ?? null }),
    ...(measured === undefined ? {} : { stats: measured.stats, usage: withCpu(result.usage, measured) }),
    notes: trouble === undefined ? result.notes : [...result.notes, `Read beside, because of the agent: ${trouble}`],
    reach: reachOf(target, answer, trouble),
  };
}

/** What /proc tells; undefined for a process that is known by its agent only. */
async function besideOf({ process: identity }: Found): Promise<InfoResult | undefined> {
  return identity === undefined ? undefined : (await import('../beside/info.js')).infoBeside(identity);
}

/** The agent knows its process's name, versions and addresses; the rest is read here, but for what only the agent may read. */
function join(told: InfoResult | undefined, seen: InfoResult | undefined): InfoResult {
  if (told === undefined && seen === undefined) throw new Error('a target has a process, an agent or both');
  if (told === undefined || seen === undefined) return { ...(told ?? seen) } as InfoResult;
  const { name, node, v8, agent, socketPath, url, pulse, profiling, way, notes, cwd } = told;
  const { connections, flags, cgroup } = seen;
  return {
    ...seen,
    ...{ name, node, v8, agent, socketPath, url, pulse, profiling, way, notes, cwd },
    connections: connections ?? told.connections,
    flags: flags ?? told.flags,
    cgroup: cgroup ?? told.cgroup,
  };
}

/** The agent's answer; its `no-answer` error when it does not come in time and there is another way. */
async function askAgent(agent: AgentClient, pid: number | undefined): Promise<InfoResult | NopsError> {
  // What is read here need not be read there as well.
  const details = pid !== undefined && canSeeMemory(pid) ? 0 : 1;
  try {
    const [info, pulse] = await Promise.all([agent.call('info', { details }), askPulse(agent)]);
    return { ...info, pulse };
  } catch (error) {
    if (pid !== undefined && error instanceof NopsError && error.code === 'no-answer') return error;
    throw error;
  }
}

async function askPulse(agent: AgentClient): Promise<InfoPulse | null> {
  try {
    const { loopDelayMs, activeHandles, activeRequests, heap } = await agent.call('pulse');
    return { loopDelayMs, activeHandles, activeRequests, heap };
  } catch (error) {
    if (error instanceof NopsError) return null;
    throw error;
  }
}

interface Measured {
  stats: StatsResult | null;
  cpuPercent: number | null;
  seconds: number;
}

/** CPU from beside where that is possible, and the agent's stats; the agent measures whole seconds. */
async function measure(
  context: Context,
  target: Found,
  agent: AgentClient | undefined,
  seconds: number,
): Promise<Measured> {
  const { process: identity } = target;
  const whole = Math.max(1, Math.ceil(seconds));
  const progress = context.progress('measuring', seconds * 1000);
  try {
    const [cpu, stats] = await Promise.all([
      identity === undefined
        ? undefined
        : import('../beside/info.js').then(beside => beside.measureCpu(identity.pid, seconds, context.signal)),
      agent === undefined ? null : measureByAgent(context, agent, 'stats', whole).catch(onlyRefusals),
    ]);
    if (cpu !== undefined) return { stats, cpuPercent: cpu, seconds };
    return { stats, cpuPercent: stats?.cpuPercent ?? null, seconds: stats?.seconds ?? whole };
  } finally {
    progress.stop();
  }
}

function onlyRefusals(error: unknown): null {
  if (error instanceof NopsError) return null;
  throw error;
}

function withCpu(usage: InfoUsage | null, { cpuPercent, seconds }: Measured): InfoUsage | null {
  return usage === null ? null : { ...usage, cpuPercent, measuredSeconds: seconds };
}
