/** The threads that can be profiled: the main one and the app's workers, never the agent's own. */

import { threadId } from 'node:worker_threads';
import { withDeadline } from '@nops/probe/through/inspector-channel';
import { WorkerChannels } from '@nops/probe/through/worker-channels';
import type { MainThread } from '../main-thread/main-thread.js';
import { ThreadSampler } from './thread-sampler.js';
import type { History } from './window-store.js';

export interface ProfiledThread {
  /** As `worker_threads.threadId` has it: 0 is the main thread. */
  id: number;
  /** What the app called it; '' for none. */
  name: string;
  sampler: ThreadSampler;
}

/** Each has a profiler of its own, and its samples are ours to keep. */
export const maxWorkers = 16;
/** Workers are reached through the main thread's inspector; one that answers does so within milliseconds. */
const openDeadlineMs = 2000;

/** As `label` in profiles and `--thread` have it. */
export function threadLabel({ id, name }: Pick<ProfiledThread, 'id' | 'name'>): string {
  if (id === 0) return 'main';
  return name === '' || name === 'WorkerThread' ? `worker ${id}` : `worker ${id} (${name})`;
}

export class Threads {
  readonly main: ProfiledThread;
  readonly #mainThread: MainThread;
  /** What workers have sampled is kept by who asked for it. */
  readonly #history: History = { seconds: 0, bytes: 0 };
  readonly #workers = new Map<number, ProfiledThread>();
  readonly #listeners = new Set<(thread: ProfiledThread) => void>();
  #users = 0;
  #opened: Promise<void> | undefined;
  #release = () => {};

  constructor(mainThread: MainThread, history: History) {
    this.#mainThread = mainThread;
    const sampler = new ThreadSampler(use => mainThread.withSession(({ channel }) => use(channel)), history);
    this.main = { id: 0, name: 'main', sampler };
  }

  /** Calls `onWorker` for each worker that runs and each that starts, until what it returns is called. */
  async watchWorkers(onWorker: (thread: ProfiledThread) => void): Promise<() => void> {
    this.#users++;
    this.#opened ??= this.#open();
    const leave = () => {
      this.#listeners.delete(onWorker);
      this.#users--;
      if (this.#users === 0) this.#release();
    };
    try {
      await withDeadline(this.#opened, openDeadlineMs, 'its worker threads could not be reached');
    } catch (error) {
      leave();
      throw error;
    }
    for (const worker of this.#workers.values()) onWorker(worker);
    this.#listeners.add(onWorker);
    return leave;
  }

  #open(): Promise<void> {
    const released = new Promise<void>(resolve => {
      this.#release = resolve;
    });
    return new Promise((resolve, reject) => {
      const ended = this.#mainThread.withSession(async ({ channel }) => {
        const isOurs = (id: number) => id === threadId;
        const workers = new WorkerChannels(channel, isOurs, worker => {
          const sampler = new ThreadSampler(use => use(worker.channel), this.#history);
          this.#add({ id: worker.threadId, name: worker.name, sampler });
        });
        await workers.open();
        resolve();
        await released;
        // From here on the next one who asks opens them anew.
        this.#opened = undefined;
        this.#workers.clear();
        await workers.close();
      });
      ended.catch(error => {
        this.#opened = undefined;
        this.#workers.clear();
        reject(error);
      });
    });
  }

  #add(thread: ProfiledThread): void {
    this.#workers.set(thread.id, thread);
    for (const listener of this.#listeners) listener(thread);
  }
}
