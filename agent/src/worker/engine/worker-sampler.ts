/**
 * Samples the app's worker threads from outside, on this thread: no message ever reaches a worker, since one that is ending can crash of it.
 * However many want it, each worker is looked at once for all.
 *
 *   looks     |a---b----c-|--d------e   ...   each stands for the time until the next, so jitter and delays invent nothing
 *   windows   |-----------|--------------|    handed over once a second, when somebody wants them, and when the thread ends
 */

import { readFileSync } from 'node:fs';
import type { SampleWindow } from '@nops/core/profile/sampling/sample-window';
import { WorkerStacks } from '@nops/probe/beside/stack/worker-stacks';
import type { WorkerThread } from '@nops/probe/beside/v8/worker-threads';
import { SampledWorker } from './sampled-worker.js';
import { monotonicMicros, WindowStore } from './window-store.js';

/** Of this thread's time, at most, however many workers there are: then each is looked at less often. */
const maxShare = 0.2;
/** Workers come and go: how often they are looked for. Takes some 0.1 ms. */
const findMs = 50;
const windowMicros = 1e6;
/** Looks are taken for so long at a time, so that the agent answers others meanwhile. */
const sliceMs = 10;
/** Threads that are sampled at once; looking for more takes a read for each. */
const maxThreads = 1000;
/** What a look is assumed to take until some were measured. */
const assumedLookMs = 0.4;

export interface WorkerListener {
  onWindow(thread: WorkerThread, window: SampleWindow): void;
  /** No more windows of it come. */
  onEnded(thread: WorkerThread): void;
}

export interface WorkerSubscription {
  /** Hands over all until now. */
  flush(): void;
  leave(): void;
  /** What has to be known of how they were sampled. */
  readonly notes: readonly string[];
}

interface Client {
  intervalMicros: number;
  listener: WorkerListener;
  notes: Set<string>;
}

export class WorkerSampler {
  readonly #clients = new Set<Client>();
  readonly #sampled = new Map<number, SampledWorker>();
  /** Without a history: what the stacks share. */
  #store = new WindowStore({ seconds: 0, bytes: 0 });
  #stacks: WorkerStacks | undefined;
  #timer: NodeJS.Timeout | undefined;
  #foundAtMs = Number.NEGATIVE_INFINITY;
  #lookMs = assumedLookMs;

  /**
   * Learns what V8 this is, for which it holds this thread. To be called before a session with the main thread is connected: a process that
   * ends meanwhile would wait for it. Throws `impossible` where memory can't be read. What it opens is closed when the last client leaves.
   */
  prepare(): void {
    this.#stacks ??= new WorkerStacks();
  }

  /** Closes what `prepare` opened when nobody came. */
  dismiss(): void {
    if (this.#clients.size === 0) this.#close();
  }

  /** The workers that run now. Throws like `prepare`. */
  list(): WorkerThread[] {
    this.prepare();
    this.#find();
    return [...(this.#stacks?.threads.values() ?? [])];
  }

  /** All workers that run or start until `leave`. Throws like `prepare`. */
  subscribe(intervalMicros: number, listener: WorkerListener): WorkerSubscription {
    this.prepare();
    const client: Client = { intervalMicros, listener, notes: new Set() };
    // What was sampled before is for those who were there.
    this.#flush();
    this.#clients.add(client);
    this.#find();
    this.#next();
    return {
      flush: () => this.#flush(),
      leave: () => this.#leave(client),
      get notes() {
        return [...client.notes];
      },
    };
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#close();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#sampled.clear();
    this.#stacks?.close();
    this.#stacks = undefined;
    this.#store = new WindowStore({ seconds: 0, bytes: 0 });
    this.#foundAtMs = Number.NEGATIVE_INFINITY;
  }

  #next(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    const dueMs = Math.min(this.#foundAtMs + findMs, ...[...this.#sampled.values()].map(({ dueAtMs }) => dueAtMs));
    this.#timer = setTimeout(() => this.#turn(), Math.max(1, dueMs - now)).unref();
  }

  #turn(): void {
    try {
      if (performance.now() - this.#foundAtMs >= findMs) this.#find();
      this.#look(sampled => sampled.dueAtMs, sliceMs);
      const endMicros = monotonicMicros();
      for (const sampled of this.#sampled.values()) {
        if (endMicros - sampled.beginMicros >= windowMicros) this.#hand(sampled, sampled.lastMicros);
      }
    } catch (error) {
      // Whatever it is, it is no reason to lose the profile, let alone the agent.
      this.#note(`worker threads: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (this.#clients.size > 0) this.#next();
  }

  /** Those that were due the longest first, for at most `patienceMs`. */
  #look(dueAtMs: (sampled: SampledWorker) => number, patienceMs: number): void {
    const began = performance.now();
    const beganCpuMs = threadCpuMs();
    const due = [...this.#sampled.values()].filter(sampled => dueAtMs(sampled) <= began);
    due.sort((a, b) => a.dueAtMs - b.dueAtMs);
    let looks = 0;
    for (const sampled of due) {
      this.#lookAt(sampled);
      looks++;
      const now = performance.now();
      sampled.dueAtMs = now + this.#intervalMs() * (0.75 + 0.5 * Math.random());
      if (now - began > patienceMs) break;
    }
    if (looks > 0) this.#lookMs += ((threadCpuMs() - beganCpuMs) / looks - this.#lookMs) / 100;
  }

  #lookAt(sampled: SampledWorker): void {
    const look = this.#stacks?.look(sampled.thread.tid) ?? { state: 'ended' };
    if (look.state === 'ended') this.#end(sampled);
    else sampled.add(look, monotonicMicros());
  }

  /** Not in step with what comes round every so often in the app. */
  #intervalMs(): number {
    const wantedMs = Math.min(...[...this.#clients].map(({ intervalMicros }) => intervalMicros)) / 1000;
    const affordableMs = (this.#sampled.size * this.#lookMs) / maxShare;
    if (affordableMs > 1.5 * wantedMs) {
      this.#note(
        `worker threads were looked at less often than wanted at times: looks take ${100 * maxShare} % of a core at most`,
      );
    }
    return Math.max(wantedMs, affordableMs);
  }

  #find(): void {
    const stacks = this.#stacks;
    if (stacks === undefined) return;
    this.#foundAtMs = performance.now();
    stacks.refresh();
    for (const sampled of [...this.#sampled.values()]) {
      if (stacks.threads.get(sampled.thread.tid)?.isolate !== sampled.thread.isolate) this.#end(sampled);
    }
    if (this.#clients.size === 0) return;
    for (const [tid, thread] of stacks.threads) {
      if (this.#sampled.has(tid)) continue;
      if (this.#sampled.size >= maxThreads) {
        this.#note(`${maxThreads} worker threads are sampled at once, and there are more`);
        return;
      }
      this.#sampled.set(tid, new SampledWorker(thread, this.#store.tree, monotonicMicros()));
    }
  }

  #end(sampled: SampledWorker): void {
    this.#hand(sampled, sampled.lastMicros);
    this.#sampled.delete(sampled.thread.tid);
    for (const { listener } of [...this.#clients]) listener.onEnded(sampled.thread);
  }

  #flush(): void {
    this.#look(() => Number.NEGATIVE_INFINITY, 5 * sliceMs);
    for (const sampled of [...this.#sampled.values()]) this.#hand(sampled, sampled.lastMicros);
  }

  #hand(sampled: SampledWorker, endMicros: number): void {
    if (endMicros <= sampled.beginMicros) return;
    const intervalMicros = Math.min(...[...this.#clients].map(client => client.intervalMicros));
    const window = sampled.take(endMicros, intervalMicros, this.#store.tree);
    for (const { listener } of [...this.#clients]) listener.onWindow(sampled.thread, window);
  }

  #note(text: string): void {
    for (const { notes } of this.#clients) notes.add(text);
  }
}

/** CPU time of this thread; the kernel brings it up to date a few hundred times a second. proc(5), schedstat. */
function threadCpuMs(): number {
  return Number.parseInt(readFileSync('/proc/thread-self/schedstat', 'latin1'), 10) / 1e6;
}
