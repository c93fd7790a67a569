/** A target that was found: a process of this machine, an agent, or both. */

import { NopsError } from '@nops/core/protocol/errors';
import type { Identity } from '@nops/probe/beside/identity';
import type { AgentClient } from '../agent/client.js';
import type { Context } from '../context.js';

/** Ends a sentence about what an agent would add. */
export const howToGetAgent =
  'load one: nops attach <pid>, or start the process with: node --import @nops/agent/register app.js';

/** The end of the last: one at a time, since each process opens its inspector on the same port. */
let attaching: Promise<unknown> = Promise.resolve();

/** What answers: at least one of `process` and an agent. */
export class Found {
  /** Set for a process of this machine that can be looked at from beside. */
  readonly process: Identity | undefined;
  protected readonly context: Context;
  readonly #find: () => Promise<AgentClient | undefined>;
  #agent: Promise<AgentClient | undefined> | undefined;
  #attaching: Promise<AgentClient> | undefined;

  constructor(context: Context, process: Identity | undefined, find: () => Promise<AgentClient | undefined>) {
    this.context = context;
    this.process = process;
    this.#find = find;
  }

  /** The agent that answers in it; looked for until there is one. */
  findAgent(): Promise<AgentClient | undefined> {
    this.#agent ??= this.#find().then(agent => {
      if (agent === undefined) this.#agent = undefined;
      return agent;
    });
    return this.#agent;
  }

  /**
   * The agent; where there is none, one that is attached for now and detached at the end. `what` begins the sentence that says what can't
   * be had without. Throws `impossible` when none can be attached.
   */
  async requireAgent(what: string): Promise<AgentClient> {
    const { process: identity } = this;
    if (identity === undefined || !this.context.environment.attach) return this.runningAgent(what);
    const agent = await this.findAgent();
    if (agent !== undefined) return agent;
    // Of several that ask at once, only the first attaches one.
    this.#attaching ??= this.#attach(identity, what).finally(() => (this.#attaching = undefined));
    return this.#attaching;
  }

  async #attach(identity: Identity, what: string): Promise<AgentClient> {
    const { attachForNow } = await import('../attach/for-now.js');
    const turn = attaching.then(() => attachForNow(this.context, identity, what));
    attaching = turn.catch(() => {});
    const agent = await turn;
    this.#agent = Promise.resolve(agent);
    return agent;
  }

  /** The agent that is there. Throws `impossible` when there is none, with `next`: how to get one. */
  async runningAgent(what: string, next = howToGetAgent): Promise<AgentClient> {
    const agent = await this.findAgent();
    if (agent !== undefined) return agent;
    const who = this.process === undefined ? 'the process' : `process ${this.process.pid}`;
    throw new NopsError(
      'impossible',
      `${what} can be had from an agent only, and no agent answers in ${who}`,
      `${next.charAt(0).toUpperCase()}${next.slice(1)}`,
    );
  }
}
