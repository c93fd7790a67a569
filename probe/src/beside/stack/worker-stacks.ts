/**
 * Looks from outside at the stacks of the process's own worker threads, which may end at any moment: what is read then makes no sense or is
 * not there, and no more. Nothing is sent to them.
 */

import type { CallFrame } from '@nops/core/profile/v8-frame';
import { parseSyscallLine } from '../syscall-line.js';
import type { SharedFunction } from '../v8/functions.js';
import { type WorkerThread, WorkerThreads } from '../v8/worker-threads.js';
import type { RawFrame } from './frames.js';
import type { Sample } from './sample.js';
import { Stacks } from './stacks.js';

/** `idle`: it waits for events. `unread`: it was met in mid-change, again and again. */
export type WorkerLook =
  | { state: 'idle' }
  | { state: 'ended' }
  | { state: 'unread' }
  /** Outermost first; none: it runs no JavaScript. `line`: that of the innermost, 0 where it is not known. */
  | { state: 'busy'; frames: readonly CallFrame[]; line: number };

/** A running thread can be met in mid-change; five looks leave some 3 % of them unread. */
const maxTries = 5;
/** Reading the mappings takes some milliseconds, and code comes with each new thread. */
const remapEveryMs = 200;

export class WorkerStacks {
  readonly #threads = new WorkerThreads();
  readonly #stacks: Stacks;
  readonly #frames = new WeakMap<SharedFunction, CallFrame>();
  readonly #seen = new Map<number, { sample: Sample; look: WorkerLook }>();
  #remappedAt = performance.now();
  /** Threads have started since the mappings were read. */
  #isRemapDue = false;

  /** Throws what `Stacks` throws. */
  constructor() {
    this.#stacks = new Stacks(process.pid, { find: this.#threads.find, fewFiles: true });
  }

  get threads(): ReadonlyMap<number, WorkerThread> {
    return this.#threads.all;
  }

  /** Finds those that came and went since. Throws `no-target` when the process ends. */
  refresh(): void {
    const before = this.threads;
    this.#stacks.v8.findThreads();
    const ended = [...before].filter(([tid, thread]) => this.threads.get(tid)?.isolate !== thread.isolate);
    const begun = [...this.threads.keys()].some(tid => !before.has(tid));
    if (ended.length > 0 || begun) {
      this.#stacks.forget(ended.map(([tid]) => tid));
      this.#seen.clear();
    }
    this.#isRemapDue ||= begun;
    const now = performance.now();
    if (!this.#isRemapDue || now - this.#remappedAt < remapEveryMs) return;
    this.#remappedAt = now;
    this.#isRemapDue = false;
    this.#stacks.v8.remap();
  }

  /** Throws `no-target` when the process ends. */
  look(tid: number): WorkerLook {
    for (let tries = 0; tries < maxTries; tries++) {
      const sample = this.#stacks.sample(tid);
      if (sample === undefined) return { state: 'ended' };
      if (sample.accuracy === 'none') continue;
      const seen = this.#seen.get(tid);
      // The same object: it did not run since.
      if (seen?.sample === sample) return seen.look;
      const look = this.#told(sample);
      this.#seen.set(tid, { sample, look });
      return look;
    }
    return { state: 'unread' };
  }

  close(): void {
    this.#stacks.close();
  }

  #told({ frames, stamp }: Sample): WorkerLook {
    if (frames.length === 0 && isPoll(stamp)) return { state: 'idle' };
    const functions = frames.filter(({ kind, shared }) => kind === 'wasm' || shared !== undefined);
    const [innermost] = functions;
    const told = functions.map(frame => this.#callFrame(frame)).reverse();
    return { state: 'busy', frames: told, line: innermost === undefined ? 0 : this.#lineOf(innermost) };
  }

  #lineOf(frame: RawFrame): number {
    return frame.position < 0 ? 0 : this.#stacks.describeFrame(frame).line;
  }

  /** As V8's profiler has it: by where the function begins. */
  #callFrame(frame: RawFrame): CallFrame {
    const { shared } = frame;
    const known = shared === undefined ? undefined : this.#frames.get(shared);
    if (known !== undefined) return known;
    const { function: functionName, url } = this.#stacks.describeFrame(frame);
    const begins = this.#stacks.startOf(frame);
    const told = {
      functionName: functionName === '' && frame.kind === 'wasm' ? '(wasm)' : functionName,
      url,
      lineNumber: (begins?.line ?? 0) - 1,
      columnNumber: (begins?.column ?? 0) - 1,
    };
    if (shared !== undefined) this.#frames.set(shared, told);
    return told;
  }
}

/** Of a thread that is blocked: whether in the call in which an event loop waits. */
function isPoll(stamp: string): boolean {
  return parseSyscallLine(stamp.split('\n', 1)[0] ?? '').call?.name.startsWith('epoll_') ?? false;
}
