/** An agent for one command, in a process that has none: attached, asked, and detached again. */

import { NopsError } from '@nops/core/protocol/errors';
import type { Identity } from '@nops/probe/beside/identity';
import { inspectorLeftOpen } from '@nops/probe/through/left-open';
import { AgentClient } from '../agent/client.js';
import type { Context } from '../context.js';
import { inject } from './inject.js';
import { holdLease } from './lease.js';

/** Throws what `inject` throws, in a sentence that begins with `what`. */
export async function attachForNow(context: Context, identity: Identity, what: string): Promise<AgentClient> {
  try {
    const { agent, already, inspectorPort } = await inject(context, identity);
    const release = holdLease(agent.address);
    if (!already) {
      context.tell(`process ${identity.pid} had no agent: one has been attached for this`);
      context.atEnd(() => detach(context, agent, identity.pid, inspectorPort).finally(release));
    } else context.atEnd(async () => release());
    return agent;
  } catch (error) {
    if (!(error instanceof NopsError) || error.code === 'no-target') throw error;
    throw new NopsError(
      error.code,
      `${what} can be had from within only; process ${identity.pid} has no agent, and ${error.message}`,
      error.next,
    );
  }
}

/** Also after Ctrl-C, which has ended the conversations of this run. */
async function detach(context: Context, agent: AgentClient, pid: number, port: number | undefined): Promise<void> {
  const own = new AgentClient(agent.address, new AbortController().signal);
  try {
    const { notes, kept } = await own.call('detach', { shared: 1 });
    const left = port === undefined ? undefined : await inspectorLeftOpen(pid, port);
    if (left !== undefined) context.tell(stillOpen(pid, left));
    else context.tell([...(kept === true ? [] : [`detached it from process ${pid}`]), ...notes].join('; '));
  } catch (error) {
    if (!(error instanceof NopsError)) throw error;
    if (error.code === 'no-target') return; // the process has ended, and it with it
    context.tell(`it could not be detached from process ${pid}: ${error.message}; try nops detach ${pid}`);
  }
}

/** Whoever opened it: any local user can connect there. */
export function stillOpen(pid: number, port: number): string {
  return `the inspector of process ${pid} is still open on port ${port}: nops eval ${pid} "process._debugEnd()" --run-in-process   closes it`;
}
