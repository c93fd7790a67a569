/** A target and all that can be asked of it: for the commands, and for programs that use nops as a library. What answers is loaded when it is asked for. */

import { NopsError } from '@nops/core/protocol/errors';
import type { SetgcRequest } from '@nops/core/protocol/memory-results';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { SettingValue } from '@nops/core/protocol/results';
import * as bounds from '../bounds.js';
import type * as api from '../library/types.js';
import { agentElseBeside, besideElseAgent, measureByAgent } from '../ways.js';
import { Found } from './found.js';

/** How long an agent may take: it reads half a megabyte of symbols for its first stack. After that the stack is read from outside. */
const stackMs = 8_000;
/** A large heap takes seconds to look through. What is more than 10 s stands in the command's help (`patience`). */
const asyncMs = 60_000;
/** The agent's own bounds (agent/src/worker/endpoints/gc.ts), and time to spare. */
const gcMs = 40_000;
const setgcMs = 8_000;

export class Target extends Found implements Omit<api.Target, 'close' | typeof Symbol.asyncDispose> {
  async info({ seconds }: { seconds?: number } = {}) {
    if (seconds !== undefined) checkWithin('seconds', seconds, bounds.infoSeconds);
    return (await import('../info/inform.js')).inform(this.context, this, seconds);
  }

  async stack({ stop = false, native = false }: api.StackOptions = {}) {
    const beside = async (identity: { pid: number }) =>
      (await import('../beside/stack.js')).stackBeside(identity, { stop, native });
    // Both look from outside, where the agent does not.
    if (!stop && !native)
      return agentElseBeside(this, agent => agent.call('stack', {}, { deadlineMs: stackMs }), beside);
    if (this.process !== undefined) return beside(this.process);
    throw new NopsError(
      'usage',
      '--stop and --native look at a process of this machine from outside',
      'Leave them out, or run nops where the process runs.',
    );
  }

  async async(options: api.AsyncOptions = {}) {
    const { asyncBounds } = await import('@nops/probe/beside/async/read-async');
    const { betweenMs: between, why } = asyncBounds;
    const betweenMs = options.seconds === undefined ? between.fallback : Math.round(1000 * options.seconds);
    checkWithin('seconds', betweenMs / 1000, { min: between.min / 1000, max: between.max / 1000 });
    const { live = false, all = false, values = false } = options;
    const asked = { betweenMs, why: whole('why', options.why, why), live, all, values };
    const progress = this.context.progress('looking twice', betweenMs);
    try {
      return await besideElseAgent(
        this,
        async pid => (await import('../beside/async.js')).asyncBeside(pid, { ...asked, signal: this.context.signal }),
        agent => agent.call('async', numbers(asked), { deadlineMs: betweenMs + asyncMs }),
      );
    } finally {
      progress.stop();
    }
  }

  async top({ seconds: asked, rate, stop = false }: api.TopOptions = {}) {
    const seconds = whole('seconds', asked, bounds.topSeconds);
    const session = await this.openTop({ stop, ...(rate === undefined ? {} : { rate }) });
    const progress = this.context.progress('sampling', seconds * 1000);
    try {
      await session.sampleFor(seconds * 1000, this.context.signal);
      return session.result();
    } finally {
      progress.stop();
      session.close();
    }
  }

  /** For who looks again and again; to be closed. */
  async openTop({ rate, stop }: { rate?: number; stop: boolean }) {
    const perSecond = whole('rate', rate, stop ? bounds.stoppingTopRate : bounds.topRate);
    if (this.process === undefined) {
      throw new NopsError(
        'impossible',
        'top looks at a process of this machine from outside',
        'Run nops where the process runs, or record a profile: nops cpu <target>',
      );
    }
    const { TopSession } = await import('../top/session.js');
    return TopSession.open(this.process.pid, { rate: perSecond, stop });
  }

  async sockets() {
    const { readSockets } = await import('@nops/probe/beside/sockets');
    return besideElseAgent(
      this,
      pid => ({ schema: 'nops.sockets/1' as const, pid, way: 'beside' as const, ...readSockets(pid) }),
      agent => agent.call('sockets'),
    );
  }

  async fds() {
    const { readFds } = await import('@nops/probe/beside/fds');
    return besideElseAgent(
      this,
      pid => ({ schema: 'nops.fds/1' as const, pid, way: 'beside' as const, ...readFds(pid) }),
      agent => agent.call('fds'),
    );
  }

  async stats({ seconds: asked }: { seconds?: number } = {}) {
    const seconds = whole('seconds', asked, bounds.statsSeconds);
    return agentElseBeside(
      this,
      agent => measureByAgent(this.context, agent, 'stats', seconds),
      async ({ pid }) => (await import('../beside/stats.js')).statsBeside(this.context, pid, seconds),
    );
  }

  async memstats() {
    return agentElseBeside(
      this,
      agent => agent.call('memstats'),
      async ({ pid }) => (await import('../beside/memstats.js')).memstatsBeside(pid),
    );
  }

  /** Who it is, without what takes a while to find out. */
  async inShort() {
    return agentElseBeside(
      this,
      agent => agent.call('info', { details: 0 }),
      async identity => (await import('../beside/info.js')).infoBeside(identity),
    );
  }

  async pools({ seconds: asked, deep = false, force = false }: api.PoolsOptions = {}) {
    const seconds = whole('seconds', asked, bounds.poolsSeconds);
    const agent = await this.requireAgent('Its connection pools');
    if (!deep) return measureByAgent(this.context, agent, 'pools', seconds);
    const patienceMs = await (await import('../deep-pools.js')).tellWalk(this.context, agent);
    return measureByAgent(this.context, agent, 'pools', seconds, { deep: 1, force: Number(force) }, patienceMs);
  }

  async tunables() {
    return (await this.requireAgent('Its settings')).call('tunables');
  }

  async set(changes: Readonly<Record<string, SettingValue>>) {
    const agent = await this.requireAgent('Its settings');
    const listed = Object.entries(changes).map(([name, value]) => ({ name, value }));
    return agent.call('set', {}, { body: { changes: listed } });
  }

  async gc() {
    return (await this.requireAgent('A garbage collection')).call('gc', {}, { deadlineMs: gcMs });
  }

  async setgc(change?: SetgcRequest, { seconds: asked }: { seconds?: number } = {}) {
    const seconds = whole('seconds', asked, bounds.setgcSeconds);
    const agent = await this.requireAgent('How it collects garbage');
    const watchedMs = (change === undefined ? 1 : 2) * seconds * 1000;
    const progress = this.context.progress('watching collections', watchedMs);
    const options = { deadlineMs: watchedMs + setgcMs };
    const answer =
      change === undefined
        ? agent.call('gcSettings', { seconds }, options)
        : agent.call('setgc', { seconds }, { ...options, body: change });
    return answer.finally(() => progress.stop());
  }

  async cpu({ seconds: asked, hz, last, ...rest }: api.CpuOptions = {}) {
    if (last !== undefined) checkWithin('last', last, bounds.lastSeconds);
    const options = {
      seconds: whole('seconds', asked, bounds.recordSeconds),
      // The past has the rate that it was sampled at.
      ...(last === undefined ? { hz: whole('hz', hz, bounds.cpuHz) } : { last }),
      ...rest,
    };
    return (await import('../record/record-cpu.js')).recordCpu(this.context, this, options);
  }

  async heap(options?: api.HeapOptions) {
    return (await import('../record/record-heap.js')).recordHeap(this.context, this, checkedHeap(options));
  }

  async allocs(options?: api.HeapOptions) {
    return (await import('../record/record-heap.js')).recordAllocs(this.context, this, checkedHeap(options));
  }

  async trace({ seconds, hz, last }: api.TraceOptions = {}) {
    if (last !== undefined) checkWithin('last', last, bounds.traceLast);
    return (await import('../record/record-trace.js')).recordTrace(this.context, this, {
      source: String(this.process?.pid ?? 'the agent'),
      seconds: whole('seconds', seconds, bounds.traceSeconds),
      hz: whole('hz', hz, bounds.traceHz),
      last,
    });
  }

  async heapSnapshot(options: api.HeapSnapshotOptions = {}) {
    return (await import('../record/heap-snapshot.js')).snapshotHeap(this.context, this, options);
  }

  async evaluate(expression: string) {
    return (await import('../evaluate.js')).evaluateIn(this.context, this, expression);
  }
}

function whole(
  what: string,
  value: number | undefined,
  within: { min: number; max: number; fallback: number },
): number {
  return parseWhole(what, value === undefined ? undefined : String(value), within);
}

function checkWithin(what: string, value: number, { min, max }: { min: number; max: number }): void {
  if (value >= min && value <= max) return;
  throw new NopsError('usage', `invalid value for "${what}": ${value} - must be from ${min} to ${max}`);
}

/** As parameters: 0 and 1 for no and yes. */
function numbers(options: Record<string, number | boolean>): Record<string, number> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, Number(value)]));
}

function checkedHeap({ seconds, tree = false }: api.HeapOptions = {}): api.HeapOptions {
  return seconds === undefined ? { tree } : { seconds: whole('seconds', seconds, bounds.recordSeconds), tree };
}
