/**
 * The worker's way to the main thread: an inspector session that is connected only while somebody needs it, and calls over it that
 * either run by their deadline or never.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { hostSymbolName } from '@nops/core/protocol/injection';
import { HeapSampling } from '@nops/probe/through/heap-sampling';
import { connectInProcess } from '@nops/probe/through/in-process';
import { evaluate, type InspectorChannel, withDeadline } from '@nops/probe/through/inspector-channel';
import {
  again,
  deferredCalls,
  type HostCallName,
  type HostCalls,
  type HostFailure,
  heartbeatMs,
  monotonicMs,
  type SharedMemory,
  sessionsIndex,
  slotCount,
  slotStates,
  swapSlot,
  type Ticket,
  ticketLimit,
} from '../../messages/shared.js';
import type { LetGo } from './let-go.js';

/** A session that nobody uses is kept for this long, since the next request often follows. */
const lingerMs = 1000;
/** After this Node's own code has usually passed. */
const againMs = 3;
/** How long a call that has begun in the main thread may take to end. */
const finishMs = 5000;

/** What each call is for, as an error tells it. */
const purposes: Record<HostCallName, string> = {
  windowBegin: 'beginning to measure',
  windowEnd: 'reading what was measured',
  poolsInHeap: 'searching its heap for pools',
  stack: 'reading its stack',
  tunables: 'listing its settings',
  set: 'changing settings',
  pulse: 'waiting for its event loop',
  heap: 'reading its heap',
  heapSize: 'reading the size of its heap',
  gcSettings: 'reading how it collects garbage',
  setgc: 'changing how it collects garbage',
  gcGrowthBegin: 'beginning to watch its collections',
  gcGrowthEnd: 'reading its collections',
  stallsBegin: 'beginning to watch its event loop',
  stallsEnd: 'reading when its event loop was late',
  stallsKeep: 'watching its event loop all the time',
  stallsSince: 'reading when its event loop was late',
  labelsBegin: 'beginning to note labels',
  labelsEnd: 'ending to note labels',
  labelNames: 'reading its labels',
  countedStacks: 'reading a profile that it keeps',
  counts: 'counting what its profiles hold',
  traceBegin: 'beginning to record',
  traceEnd: 'ending the recording',
  runEnd: 'ending it as a signal does',
  leave: 'leaving it',
};

/** What one connected session serves. The profilers belong to it: they end with it. */
export interface Session {
  channel: InspectorChannel;
  heap: HeapSampling;
}

export class MainThread {
  readonly #memory: SharedMemory;
  readonly #busySlots = new Set<number>();
  #session: Session | undefined;
  #users = 0;
  #linger: NodeJS.Timeout | undefined;
  #tickets = 0;
  #hasLeft = false;
  readonly #letGo: LetGo;
  readonly #mayInspect: boolean;

  /** `mayInspect`: connecting would abort the process otherwise. */
  constructor(memory: SharedMemory, letGo: LetGo, mayInspect: boolean) {
    this.#memory = memory;
    this.#mayInspect = mayInspect;
    this.#letGo = letGo;
  }

  /** Runs `use` with the session connected. */
  async withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
    if (this.#hasLeft) throw new NopsError('no-answer', 'the agent is being detached');
    if (!this.#mayInspect) throw forbidden();
    this.#users++;
    clearTimeout(this.#linger);
    this.#session ??= this.#connect();
    try {
      return await use(this.#session);
    } finally {
      this.#users--;
      if (this.#users === 0 && !this.#hasLeft) this.#linger = setTimeout(() => this.disconnect(), lingerMs);
    }
  }

  /** Calls into the main thread. Past `deadlineMs` it throws `no-answer`, and the call will not run any more. */
  call<Name extends HostCallName>(
    name: Name,
    args: HostCalls[Name][0],
    deadlineMs: number,
  ): Promise<HostCalls[Name][1]> {
    return this.withSession(async ({ channel }) => {
      const ticket = this.#issueTicket();
      const answered = this.#ask(channel, ticket, name, args, deadlineMs).finally(() =>
        this.#busySlots.delete(ticket.slot),
      );
      answered.catch(() => {});
      try {
        return unwrap<HostCalls[Name][1]>(await withDeadline(answered, deadlineMs, purposes[name]));
      } catch (error) {
        if (!(error instanceof NopsError) || error.code !== 'no-answer') throw error;
        if (swapSlot(this.#memory.slots, ticket, 'cancelled')) throw error;
        return unwrap<HostCalls[Name][1]>(
          await withDeadline(answered, finishMs, `${purposes[name]} has begun there but not ended`),
        );
      }
    });
  }

  /** Asks again while it meets Node's own code, for half of the time; a thread that is always met there must be asked all the same. */
  async #ask(
    channel: InspectorChannel,
    ticket: Ticket,
    name: HostCallName,
    args: unknown,
    deadlineMs: number,
  ): Promise<unknown> {
    const began = performance.now();
    for (;;) {
      const anyway = performance.now() - began > deadlineMs / 2;
      const expression = `globalThis[Symbol.for('${hostSymbolName}')]?.call(${JSON.stringify(ticket)}, '${name}', ${JSON.stringify(args)}, ${anyway})`;
      const answer = await evaluate<unknown>(channel, expression, { awaitPromise: deferredCalls.has(name) });
      if (answer !== again) return answer;
      await sleep(againMs);
    }
  }

  /** For at least how long the main thread has not come round to its event loop: by how much its heartbeat is late. */
  blockedForMs(): number {
    return Math.max(0, Number(monotonicMs() - Atomics.load(this.#memory.beat, 0)) - heartbeatMs);
  }

  /** Leaves the inspector; what is queued there is dropped. */
  disconnect(): void {
    clearTimeout(this.#linger);
    if (this.#session === undefined) return;
    this.#session.channel.close();
    this.#session = undefined;
    this.#letGo.ask();
    this.#busySlots.clear();
    Atomics.store(this.#memory.state, sessionsIndex, 0);
    Atomics.notify(this.#memory.state, sessionsIndex);
  }

  /** Disconnects for good. */
  leave(): void {
    this.#hasLeft = true;
    this.disconnect();
  }

  /** Whether all that was asked of the inspector is over and done with in the main thread too. */
  get hasLetGo(): boolean {
    return this.#session === undefined && this.#letGo.isDone;
  }

  #connect(): Session {
    const channel = connectInProcess();
    Atomics.store(this.#memory.state, sessionsIndex, 1);
    return { channel, heap: new HeapSampling(channel) };
  }

  #issueTicket(): Ticket {
    let slot = 0;
    while (this.#busySlots.has(slot)) slot++;
    if (slot >= slotCount) {
      throw new NopsError(
        'no-answer',
        `${slotCount} calls wait for the main thread already`,
        'See "nops stack" for what it does.',
      );
    }
    this.#busySlots.add(slot);
    this.#tickets = (this.#tickets + 1) % ticketLimit;
    Atomics.store(this.#memory.slots, slot, this.#tickets * 4 + slotStates.waiting);
    return { slot, number: this.#tickets };
  }
}

function forbidden(): NopsError {
  return new NopsError(
    'impossible',
    'the process runs with --permission, under which Node lets nobody inspect it, not even itself',
    'What is read from beside answers: nops stack, async, sockets, fds. For the rest: --allow-inspector (Node 26), or no --permission.',
  );
}

/** The value of an answer, or the failure in it as the error that it was. */
function unwrap<T>(answer: unknown): T {
  const failure = (answer as Partial<HostFailure> | null | undefined)?.nopsError;
  if (failure !== undefined) throw new NopsError(failure.code, failure.message, failure.next);
  if (answer === null || answer === undefined)
    throw new NopsError('no-answer', 'the main thread dropped the call: the agent is being closed');
  return answer as T;
}
