/**
 * Who creates worker threads. Node says so on a diagnostics channel, in the constructor, so that the stack is still there
 * (nodejs.org/api/diagnostics_channel.html, `worker_threads`). Nothing runs but then, and nothing is added to the Worker.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import type { CountedStacks } from '../messages/shared.js';
import { captureFrames } from './stack.js';
import { type KeptStack, StackCounts } from './stack-counts.js';

const channel = 'worker_threads';
/** Beyond these, dead ones are forgotten first. */
const maxThreads = 10_000;

interface Created {
  worker: WeakRef<Worker>;
  stack: KeptStack;
}

export class ThreadsCreated {
  readonly #counts = new StackCounts();
  #created: Created[] = [];

  readonly #onCreated = (message: unknown): void => {
    try {
      this.#add((message as { worker: Worker }).worker);
    } catch {
      // What the app does must not fail of this.
    }
  };

  constructor() {
    subscribe(channel, this.#onCreated);
  }

  close(): void {
    unsubscribe(channel, this.#onCreated);
  }

  get count(): number {
    return this.#created.filter(isAlive).length;
  }

  read(): CountedStacks {
    const alive = new Map<KeptStack, number>();
    for (const { stack } of this.#created.filter(isAlive)) alive.set(stack, (alive.get(stack) ?? 0) + 1);
    const stacks = this.#counts.all().map(stack => ({
      frames: stack.frames,
      values: [stack.count, alive.get(stack) ?? 0],
    }));
    return { types: ['created', 'threadcreate'], stacks, leftOut: this.#counts.leftOut };
  }

  #add(worker: Worker): void {
    const frames = captureFrames(this.#onCreated).filter(({ url }) => !url.startsWith('node:'));
    const stack = this.#counts.add(frames);
    if (stack === undefined) return;
    if (this.#created.length >= maxThreads) this.#created = this.#created.filter(isAlive).slice(-maxThreads / 2);
    this.#created.push({ worker: new WeakRef(worker), stack });
  }
}

/** A Worker whose thread has ended has the id −1. */
function isAlive({ worker }: Created): boolean {
  return (worker.deref()?.threadId ?? -1) >= 0;
}
